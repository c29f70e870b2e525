"""A Discord and the balance APIs on loopback: to try the bot without accounts, and to test it end to end."""
