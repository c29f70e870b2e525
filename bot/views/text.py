"""Small pieces of text for Discord: limits, times, markup.

Limits: https://discord.com/developers/docs/resources/message#create-message and #embed-object-embed-limits
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.domain.networks import Family
from bot.domain.privacy import is_pseudonym
from bot.domain.wallets import WalletState

CONTENT_MAX: Final = 2000
"""Characters of a message."""
PAGE_MAX: Final = 3500
"""Characters of one page of a long list: an embed's description holds 4,096."""
BUTTON_MAX: Final = 80
"""Characters of a button's label."""
CHOICES_MAX: Final = 25
CHOICE_MAX: Final = 100
"""Autocomplete choices in one answer, and characters in each."""


def cut(text: str, longest: int) -> str:
    """Shorten a text to what Discord takes."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def joined(items: Sequence[str], most: int) -> str:
    """List at most so many items in one line, and say how many are left out."""
    left_out = len(items) - most
    return ", ".join(items[:most]) + (f" and {left_out} more" if left_out > 0 else "")


def pages_of(blocks: Iterable[str], joint: str = "\n\n", longest: int = PAGE_MAX) -> Sequence[str]:
    """Put blocks of text on pages, never breaking a block that fits on one."""
    pages: list[str] = []
    for block in (cut(block, longest) for block in blocks):
        if pages and len(pages[-1]) + len(joint) + len(block) <= longest:
            pages[-1] += joint + block
        else:
            pages.append(block)
    return pages


def code(text: str) -> str:
    """Show a text as code in a line."""
    return "`" + text.replace("`", "'") + "`"


def code_block(text: str) -> str:
    """Show a text exactly as it is, to be copied."""
    return "```\n" + text.replace("```", "'''") + "\n```"


def relative(moment: datetime) -> str:
    """A time as each reader's own client words it: “in 3 hours”."""
    return f"<t:{int(moment.timestamp())}:R>"


def exact(moment: datetime) -> str:
    """A time in full, in each reader's own time zone."""
    return f"<t:{int(moment.timestamp())}:f>"


def role(role_id: int) -> str:
    """A role's mention."""
    return f"<@&{role_id}>"


def person(user_id: int) -> str:
    """Somebody's mention; a record of somebody whose data was deleted holds a pseudonym, which mentions nobody."""
    return "somebody whose data was deleted" if is_pseudonym(user_id) else f"<@{user_id}>"


def wallet_name(wallet: WalletState) -> str:
    """A wallet as its owner recognises it, never with the whole address."""
    return f"{wallet.address.network.label} {code(wallet.address.short)}"


def nft_count(wallet: WalletState) -> str:
    """How many NFTs a wallet held when it was read."""
    family = wallet.address.network.family
    count = len(wallet.holdings) if family is Family.CHIA else sum(holding.amount for holding in wallet.holdings)
    return "1 NFT" if count == 1 else f"{count} NFTs"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"
