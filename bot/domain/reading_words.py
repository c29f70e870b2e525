"""Why a wallet could not be read, in words for its owner and for admins."""

from typing import Final

from bot.domain.readings import UnknownReason

WORDS: Final = {
    UnknownReason.NETWORK: "the balance service does not answer",
    UnknownReason.SERVER: "the balance service has a fault of its own",
    UnknownReason.RATE: "the balance service asks us to slow down",
    UnknownReason.QUOTA: "this month's calls to the balance service are used up",
    UnknownReason.STORE: "this bot's own database could not be reached for a moment",
    UnknownReason.AUTH: "the balance service refuses this bot's access, which its host must put right",
    UnknownReason.BAD_REQUEST: "the balance service does not understand the question",
    UnknownReason.NOT_FOUND: "the balance service does not know the wallet, which is not the same as it being empty",
    UnknownReason.SCHEMA: "the balance service answered in a form that cannot be trusted",
    UnknownReason.INCOMPLETE: (
        "the balance service's answer does not add up with its own pages or with a second service, so part of it may "
        "be missing"
    ),
    UnknownReason.LOOP: "the balance service repeats the same page over and over",
    UnknownReason.TOO_MANY: "the wallet holds more than can be read in one go",
    UnknownReason.TOO_LARGE: "the balance service's answer is too large to be read",
    UnknownReason.REDIRECT: "the balance service sends us to another place, which we do not follow",
    UnknownReason.CONFIG: "this bot's settings do not fit the balance service, which its host must put right",
    UnknownReason.RETIRED: "the balance service was shut down",
    UnknownReason.NO_PROVIDER: "this bot has no balance service for that network at the moment",
    UnknownReason.CANARY: (
        "the balance service is not believed at the moment: a wallet that surely holds something reads as empty there, "
        "or cannot be read"
    ),
    UnknownReason.OUTDATED: "it has to be read once more, as another wallet was unlinked since",
}
