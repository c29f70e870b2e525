"""What the server says no with: a status, a short code, and a text of the catalogue."""

from enum import StrEnum
from typing import Final

from bot.domain.addresses import AddressError
from bot.domain.challenges import ProofError, ProofFault, ProofUnavailableError
from bot.domain.errors import HoldfastError, StoreBusyError, UserError
from bot.services.proving import ChallengeError, ChallengeFault, LinkError, LinkFault, reason_of
from bot.services.web_sessions import WebError, WebFault


class WebCode(StrEnum):
    """Why the server itself refuses a request. Short codes, safe to log and count."""

    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    WRONG_HOST = "wrong_host"
    WRONG_ORIGIN = "wrong_origin"
    NOT_ENCRYPTED = "not_encrypted"
    NOT_JSON = "not_json"
    BAD_JSON = "bad_json"
    BAD_REQUEST = "bad_request"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_MANY_REQUESTS = "too_many_requests"
    CSRF = "csrf"
    LOGIN_REFUSED = "login_refused"
    LOGIN_FAILED = "login_failed"
    LOGIN_EXPIRED = "login_expired"
    BUSY = "busy"
    INTERNAL = "internal"


STATUS: Final[dict[str, int]] = {
    WebCode.NOT_FOUND: 404,
    WebCode.METHOD_NOT_ALLOWED: 405,
    WebCode.WRONG_HOST: 421,
    WebCode.WRONG_ORIGIN: 403,
    WebCode.NOT_ENCRYPTED: 403,
    WebCode.NOT_JSON: 415,
    WebCode.BAD_JSON: 400,
    WebCode.BAD_REQUEST: 400,
    WebCode.TOO_LARGE: 413,
    WebCode.TOO_SLOW: 408,
    WebCode.TOO_MANY_REQUESTS: 429,
    WebCode.CSRF: 403,
    WebCode.LOGIN_REFUSED: 403,
    WebCode.LOGIN_FAILED: 502,
    WebCode.LOGIN_EXPIRED: 403,
    WebCode.BUSY: 503,
    WebCode.INTERNAL: 500,
    WebFault.LINK_UNKNOWN: 404,
    WebFault.LINK_USED: 410,
    WebFault.LINK_EXPIRED: 410,
    WebFault.OTHER_ACCOUNT: 403,
    WebFault.NO_SESSION: 403,
    WebFault.TOO_MANY_LINKS: 429,
    ChallengeFault.UNKNOWN: 404,
    ChallengeFault.OTHER_MEMBER: 403,
    ChallengeFault.OTHER_SERVER: 403,
    ChallengeFault.OTHER_SESSION: 403,
    ChallengeFault.OTHER_NETWORK: 403,
    ChallengeFault.OTHER_PURPOSE: 403,
    ChallengeFault.EXPIRED: 410,
    ChallengeFault.USED: 409,
    LinkFault.NO_NETWORK: 409,
    LinkFault.TOO_MANY_CHALLENGES: 429,
    LinkFault.TOO_MANY_WALLETS: 409,
    LinkFault.COOL_DOWN: 409,
    LinkFault.CONTENDED: 409,
    LinkFault.FORGETTING: 409,
    "bad_address": 422,
    "proof_unavailable": 503,
    **dict.fromkeys(ProofFault, 422),
}
"""Every code that a response can hold, with its status. The catalogue has a text `error.<code>` for each."""

_NOT_AGAIN: Final = frozenset(
    {
        WebFault.LINK_UNKNOWN,
        WebFault.LINK_USED,
        WebFault.LINK_EXPIRED,
        WebFault.OTHER_ACCOUNT,
        WebFault.NO_SESSION,
        WebCode.CSRF,
        WebCode.WRONG_HOST,
        WebCode.WRONG_ORIGIN,
        WebCode.NOT_ENCRYPTED,
        WebCode.NOT_FOUND,
        WebCode.METHOD_NOT_ALLOWED,
        LinkFault.NO_NETWORK,
        LinkFault.TOO_MANY_WALLETS,
        LinkFault.COOL_DOWN,
        LinkFault.FORGETTING,
    }
)


class RefusalError(Exception):
    """A request is refused; the guard turns this into a response."""

    def __init__(
        self, code: str, *, network: str = "", retry_after: int | None = None, allow: str = "", again: str = ""
    ) -> None:
        super().__init__(code)
        self.code = str(code)
        self.status = STATUS[code]
        self.network = network
        """The label of the network that the text names, if it names one."""
        self.retry_after = retry_after
        """Seconds."""
        self.allow = allow
        """The methods that would have been allowed."""
        self.login_path = again
        """Where to log in again, if that can help."""

    @property
    def can_try_again(self) -> bool:
        """Whether a new challenge and another try can help."""
        return self.code not in _NOT_AGAIN


def refusal_of(error: HoldfastError) -> RefusalError:
    """The refusal that an error of ours means."""
    match error:
        case WebError():
            return RefusalError(error.fault)
        case AddressError():
            return RefusalError("bad_address", network=error.network.label)
        case ChallengeError() | LinkError() | ProofError() | ProofUnavailableError():
            return RefusalError(reason_of(error))
        case StoreBusyError():
            return RefusalError(WebCode.BUSY, retry_after=5)
        case UserError():
            return RefusalError(WebCode.BAD_REQUEST)
        case _:
            return RefusalError(WebCode.INTERNAL)
