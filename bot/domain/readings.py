"""What a provider can say about a wallet: three answers, and only one of them is evidence."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.holdings import Holdings


class UnknownReason(StrEnum):
    """Why a provider could not tell. None of these says anything about what the wallet holds."""

    NETWORK = "network"
    """No answer: DNS, TLS, connection, timeout, or a body that broke off."""
    SERVER = "server"
    """The provider answered with a 5xx."""
    RATE = "rate"
    """The provider asked us to slow down (429), or our own pace has no room before the time limit."""
    QUOTA = "quota"
    """The month's calls are spent."""
    STORE = "store"
    """Our own database took no note of the call, so it was not made."""
    AUTH = "auth"
    """Key or User-Agent refused (401, 403, Loopring 104xxx): the host must act."""
    BAD_REQUEST = "bad_request"
    NOT_FOUND = "not_found"
    """404. Not the same as holding nothing."""
    SCHEMA = "schema"
    """The body is not what the provider documents."""
    INCOMPLETE = "incomplete"
    """The pages do not add up to what the provider announced."""
    LOOP = "loop"
    """Paging does not advance."""
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"
    """The provider pointed to another host, which is never followed."""
    CONFIG = "config"
    """The provider refuses an address that is certainly well formed: base_url or prefix setting is wrong."""
    RETIRED = "retired"
    """The host has declared the provider dead; roles that rest on it stay as they are."""
    NO_PROVIDER = "no_provider"
    """No enabled provider serves that network."""
    CANARY = "canary"
    """A wallet that surely holds something reads as empty, or an empty reading could not be checked against it."""
    OUTDATED = "outdated"
    """It was read before another wallet of the same member was unlinked: what was in that one may be in this one."""


class InvalidReason(StrEnum):
    """Why the question itself was wrong; the person who asked can fix it."""

    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Complete:
    """A fully parsed, fully paged answer: the only kind of reading that may give or take a role."""

    holdings: Holdings
    source: str
    """The provider, e.g. `spacescan`."""
    observed_at: datetime
    """When the provider was asked (aware, UTC)."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No evidence. Nothing may change because of it."""

    reason: UnknownReason
    detail: str = ""
    """One line for hosts and admins, without secrets or addresses."""
    retry_after: timedelta | None = None
    """The provider's own wish, or ours, for when to ask again."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """The question was wrong; asking again will not help."""

    reason: InvalidReason
    detail: str = ""


Reading = Complete | Unknown | Invalid
