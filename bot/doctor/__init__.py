"""`holdfast doctor`: the installation and every server the bot is in, for people and for support."""

from bot.doctor.examining import examine
from bot.doctor.report import Report

__all__ = ["Report", "examine"]
