"""The only code that writes to Discord."""
