"""Names that people choose, and times, as they are shown to people in Discord."""

import re
from datetime import datetime
from typing import Final

_EFFECTIVE: Final = re.compile(r"([\\*_~`|<>\[\]#@])")
"""What begins markup, a mention or a masked link; a backslash takes the effect away from any of them.
https://support.discord.com/hc/en-us/articles/210298617
"""


def plain(text: str) -> str:
    """Return a text as Discord shows it literally, in one line: no bold, no mention, no link behind other words.

    The name of a role may be chosen by somebody who may not speak in the bot's name, and an answer of the bot is
    believed.
    """
    return _EFFECTIVE.sub(r"\\\1", " ".join(text.split()))


def moment(at: datetime) -> str:
    """Return a time as each reader's own client words it: “3 hours ago”."""
    return f"<t:{int(at.timestamp())}:R>"
