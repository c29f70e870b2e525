"""Discord's markup as a terminal can show it."""

import re
import time

from bot.sandbox.discord import Guild

_MARKS = re.compile(r"\*\*|`{1,3}|^-# |^> ", re.MULTILINE)
_TIME = re.compile(r"<t:(\d+)(?::(\w))?>")
_ROLE, _USER, _CHANNEL = re.compile(r"<@&(\d+)>"), re.compile(r"<@!?(\d+)>"), re.compile(r"<#(\d+)>")
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def plain_text(text: str, guild: Guild) -> str:
    """Write mentions, times and bold words as somebody in the server reads them."""
    text = _ROLE.sub(lambda found: "@" + _role(guild, int(found[1])), text)
    text = _USER.sub(lambda found: "@" + _user(guild, int(found[1])), text)
    text = _CHANNEL.sub(lambda found: "#" + _channel(guild, int(found[1])), text)
    text = _TIME.sub(lambda found: _moment(int(found[1]), found[2] or "f"), text)
    return _MARKS.sub("", text)


def short(text: str) -> str:
    """Shorten an id or an address for the eye."""
    return text if len(text) <= 30 else f"{text[:10]}…{text[-4:]}"


def _role(guild: Guild, role_id: int) -> str:
    role = guild.roles.get(role_id)
    return "deleted-role" if role is None else role.name


def _user(guild: Guild, user_id: int) -> str:
    member = guild.members.get(user_id)
    return "unknown-user" if member is None else member.user.name


def _channel(guild: Guild, channel_id: int) -> str:
    channel = guild.channels.get(channel_id)
    return "deleted-channel" if channel is None else channel.name


def _moment(seconds: int, style: str) -> str:
    if style != "R":
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    distance = seconds - round(time.time())
    for size, name in _UNITS:
        count = abs(distance) // size
        if count:
            words = f"{count} {name}{'' if count == 1 else 's'}"
            return f"in {words}" if distance > 0 else f"{words} ago"
    return "now"
