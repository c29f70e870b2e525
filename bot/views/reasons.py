"""Why a wallet could not be read, in words for its owner and for admins."""

from datetime import datetime

from bot.domain.markup import plain
from bot.domain.reading_words import WORDS
from bot.domain.readings import UnknownReason
from bot.domain.wallets import WalletState
from bot.views.text import relative


def in_words(wallet: WalletState) -> str:
    """Say why the latest attempt brought no evidence. A service that was shut down is named with its dated note."""
    if wallet.unknown is None:
        return ""
    words = WORDS[wallet.unknown]
    if wallet.unknown is UnknownReason.RETIRED and wallet.unknown_detail:
        return f"{words} ({plain(wallet.unknown_detail)})"
    return words


def evidence_gap(wallet: WalletState, now: datetime) -> str:
    """Say why what is remembered of a wallet is no evidence now; for a wallet that is not `is_known`."""
    if wallet.unknown is not None:
        since = f" since {relative(wallet.unknown_since)}" if wallet.unknown_since else ""
        return f"could not be read{since}: {in_words(wallet)}"
    if wallet.emptied_at is not None:
        when = "now" if wallet.due_at <= now else relative(wallet.due_at)
        return (
            f"was first seen empty {relative(wallet.emptied_at)}; that is believed only once a second reading confirms "
            f"it, due {when}"
        )
    if wallet.read_at is None:
        return "has not been read yet"
    return f"was last read {relative(wallet.read_at)}, which is too long ago to count"
