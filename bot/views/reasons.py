"""Why a wallet could not be read, in words for its owner and for admins."""

from datetime import datetime

from bot.domain.markup import plain
from bot.domain.readings import UnknownReason
from bot.domain.wallets import WalletState
from bot.views.text import relative

WORDS = {
    UnknownReason.NETWORK: "the balance service does not answer",
    UnknownReason.SERVER: "the balance service has a fault of its own",
    UnknownReason.RATE: "the balance service asks us to slow down",
    UnknownReason.QUOTA: "this month's calls to the balance service are used up",
    UnknownReason.AUTH: "the balance service refuses this bot's access, which its host must put right",
    UnknownReason.BAD_REQUEST: "the balance service does not understand the question",
    UnknownReason.NOT_FOUND: "the balance service does not know the wallet, which is not the same as it being empty",
    UnknownReason.SCHEMA: "the balance service answered in a form that cannot be trusted",
    UnknownReason.INCOMPLETE: "the balance service's pages do not add up, so part of the answer is missing",
    UnknownReason.LOOP: "the balance service repeats the same page over and over",
    UnknownReason.TOO_MANY: "the wallet holds more than can be read in one go",
    UnknownReason.TOO_LARGE: "the balance service's answer is too large to be read",
    UnknownReason.REDIRECT: "the balance service sends us to another place, which we do not follow",
    UnknownReason.CONFIG: "this bot's settings do not fit the balance service, which its host must put right",
    UnknownReason.RETIRED: "the balance service was shut down",
    UnknownReason.NO_PROVIDER: "this bot has no balance service for that network at the moment",
}


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
