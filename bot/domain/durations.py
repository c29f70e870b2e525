"""Spans of time as people write them: `90s`, `30m`, `6h`, `2d`, `1h30m`."""

import re
from datetime import timedelta

from bot.domain.errors import UserError

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_FORM = re.compile(r"(?:\d{1,9}\s*[smhdw]\s*)+", re.ASCII)
_PART = re.compile(r"(\d{1,9})\s*([smhdw])", re.ASCII)
LONGEST = timedelta(days=365)


def parse_duration(text: str) -> timedelta:
    """Read a span of time; `0` means none. Raise `UserError` when it is not one, or longer than a year."""
    stripped = text.strip().lower()
    if stripped == "0":
        return timedelta(0)
    if _FORM.fullmatch(stripped) is None:
        raise UserError(
            f"“{text[:40]}” is not a span of time. Write a number and a unit, like 30m, 12h, 3d or 1h30m; 0 means none."
        )
    seconds = sum(int(number) * _UNIT_SECONDS[unit] for number, unit in _PART.findall(stripped))
    if seconds > LONGEST.total_seconds():  # compared as numbers: a timedelta overflows at 999999999w
        raise UserError(f"“{text[:40]}” is longer than a year, which is the most there can be.")
    return timedelta(seconds=seconds)


def format_duration(span: timedelta) -> str:
    """Write a span so that `parse_duration` reads it back: `0`, `45s`, `1h30m`, `2d`."""
    seconds = int(span.total_seconds())
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, _UNIT_SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"
