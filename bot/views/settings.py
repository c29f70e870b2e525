"""A server's settings as its admins see them."""

from datetime import timedelta

from bot.domain.durations import format_duration
from bot.domain.guilds import GuildSettings
from bot.domain.wallets import ReadingPolicy


def overview(settings: GuildSettings, policy: ReadingPolicy, default_grace: timedelta) -> str:
    """All settings, and the installation's figures that admins ask about."""
    channel = "none" if settings.log_channel_id is None else f"<#{settings.log_channel_id}>"
    if settings.grace is None:
        grace = f"{format_duration(default_grace)} (the default of this bot)"
    else:
        grace = format_duration(settings.grace)
    return "\n".join(
        [
            "**Settings of this server**",
            f"`log_channel`: {channel}",
            "-# Where Holdfast tells admins what they should know: stopped rules, finished sweeps, moved wallets.",
            f"`grace`: {grace}",
            "-# How long a holder keeps a role after the requirement stopped being met; new rules start with it.",
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
