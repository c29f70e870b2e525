"""Points in time that people name: a date, or a span from now."""

from datetime import UTC, date, datetime, time, timedelta

from bot.domain.durations import LONGEST, parse_duration
from bot.domain.errors import UserError


def parse_until(text: str, now: datetime) -> datetime:
    """Read a date (`2026-12-24`: to its end, in UTC) or a span from now (`14d`).

    Raise `UserError` when it is neither, not in the future, or more than a year away.
    """
    stripped = text.strip()
    try:
        day = date.fromisoformat(stripped)
    except ValueError:
        until = now + _span(stripped)
    else:
        until = datetime.combine(day, time(), UTC) + timedelta(days=1)
    if until <= now:
        raise UserError(f"“{text[:40]}” is not in the future. Name a later date, or a span from now such as 14d.")
    if until > now + LONGEST + timedelta(days=1):
        raise UserError(f"“{text[:40]}” is more than a year away, which is the most there can be.")
    return until


def _span(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except UserError as error:
        raise UserError(
            f"“{text[:40]}” is neither a date nor a span of time. Write a date such as 2026-12-24, or a span from now "
            "such as 14d or 12h."
        ) from error
