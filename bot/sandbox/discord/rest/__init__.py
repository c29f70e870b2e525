"""REST v10, by topic. Every handler takes a `Call` and gives a `Reply`, or raises DiscordError."""
