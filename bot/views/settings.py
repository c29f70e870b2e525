"""A server's settings as its admins see them."""

from datetime import timedelta

from bot.domain.durations import format_duration
from bot.domain.guilds import ChannelState, GuildSettings
from bot.domain.members import Unreachable
from bot.domain.wallets import ReadingPolicy


def overview(settings: GuildSettings, policy: ReadingPolicy, default_grace: timedelta) -> str:
    """All settings, and the installation's figures that admins ask about."""
    if settings.grace is None:
        grace = f"{format_duration(default_grace)} (the default of this bot)"
    else:
        grace = format_duration(settings.grace)
    return "\n".join(
        [
            "**Settings of this server**",
            f"`log_channel`: {_channel(settings.log_channel_id)}",
            "-# Where Holdfast tells admins what they should know: stopped rules, finished sweeps, moved wallets.",
            f"`notice_channel`: {_channel(settings.notice_channel_id)}",
            "-# Where a holder is told that a role ends. Without it they are told when they next use Holdfast.",
            f"`grace`: {grace}",
            "-# How long a holder keeps a role after the requirement stopped being met; new rules start with it.",
            f"`paused`: {'yes ⚠️ nobody gets or loses any role here' if settings.paused else 'no'}",
            "-# While it is yes, wallets are still read, but no role changes. Afterwards roles follow the rules again.",
            "Change them with `/settings set`.",
            "**Set by the host of this bot**",
            f"Every wallet is read every {format_duration(policy.interval)}. A wallet that was seen empty is read "
            f"again after {format_duration(policy.confirm_after)} before that is believed. A reading older than "
            f"{format_duration(policy.stale_after)} changes no role.",
        ]
    )


def changed(settings: GuildSettings, policy: ReadingPolicy, default_grace: timedelta, warning: str = "") -> str:
    """What to say after settings were changed."""
    head = "**Saved.** It counts from now on; rules that exist keep their grace."
    text = f"{head}\n\n{overview(settings, policy, default_grace)}"
    return f"{text}\n\n⚠️ {warning}" if warning else text


def closed(state: ChannelState | Unreachable) -> str:
    """Warn that posts to the notice channel would not arrive; empty when nothing is known against it."""
    if state in (ChannelState.CLOSED, ChannelState.GONE):
        return (
            "Holdfast may not post in the notice channel, so holders are told only when they next use Holdfast. "
            "Give it View Channel and Send Messages there."
        )
    return ""


def _channel(channel_id: int | None) -> str:
    return "none" if channel_id is None else f"<#{channel_id}>"
