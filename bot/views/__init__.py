"""How things look in Discord: words, embeds, buttons and forms."""
