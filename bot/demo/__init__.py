"""The whole bot on the sandbox: to try it without accounts, and to test it through its front door."""

from bot.demo.playing import play

__all__ = ["play"]
