"""The verify page, health and metrics: a small web server beside the bot, with files of our own only."""
