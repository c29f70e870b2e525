"""What a stand-in can be told to do wrong, when, and to whom."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """One way in which a balance API misbehaves."""

    # The connection.
    HANG = "hang"
    """Accept the request and never answer."""
    RESET = "reset"
    """Reset the connection instead of answering."""
    TRUNCATED = "truncated"
    """Announce the whole body, send half of it, close."""
    BAD_ENCODING = "bad_encoding"
    """Announce gzip, send something else."""
    OVERSIZE = "oversize"
    """A well-formed body of more than 20 MB (see `size`)."""

    # The status line.
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    UNPROCESSABLE = "unprocessable"
    RATE_LIMITED = "rate_limited"
    """429; with a Retry-After header when `retry_after` is given."""
    SERVER_ERROR = "server_error"
    """500 with an HTML page."""
    BAD_GATEWAY = "bad_gateway"
    """502 with an HTML page."""
    UNAVAILABLE = "unavailable"
    """503 with an empty body, as seen of Loopring in 2022."""
    NO_CONTENT = "no_content"
    """204."""
    REDIRECT_AWAY = "redirect_away"
    """302 to another host (`location`, by default one that does not exist)."""
    REDIRECT_HERE = "redirect_here"
    """307 to the same address on the same host: followed once it is used up, a loop when it never is."""

    # The body of a 200.
    HTML = "html"
    EMPTY_BODY = "empty_body"
    NOT_JSON = "not_json"
    CUT_JSON = "cut_json"
    """The first half of the body, with a truthful length."""
    NAN = "nan"
    """A NaN among the fields, which JSON does not have."""
    DOUBLE_KEY = "double_key"
    """The list comes twice in one object, the second time empty."""
    BARE_LIST = "bare_list"
    """The rows without the object around them."""
    NULL_LIST = "null_list"
    MISSING_LIST = "missing_list"
    WRONG_TYPE = "wrong_type"
    """The list is an object."""
    ROW_WITHOUT_ID = "row_without_id"
    BAD_ID = "bad_id"
    """The first row's id has a typo."""
    DUPLICATE_ROWS = "duplicate_rows"
    """Every row twice."""
    STATUS_FAILED = "status_failed"
    """`{"status": "failed", "message": ...}` under HTTP 200; `message` can be set."""
    RESULT_INFO = "result_info"
    """Loopring's error object with `code`, under `status` (400 by default)."""
    LEGACY_ERROR = "legacy_error"
    """Loopring's old error shape `{"code", "msg"}` under `status` (200 by default)."""
    EMPTY_LIE = "empty_lie"
    """A perfectly well-formed answer that the wallet holds nothing."""
    STALE = "stale"
    """Answers from what was held when the fault was set."""

    # The pages.
    TOTAL_LIES = "total_lies"
    """The total (`totalNum`, a collection's count) is off by `delta`."""
    TOTAL_CHANGES = "total_changes"
    """The total grows by one with each request."""
    REPEATED_PAGE = "repeated_page"
    """Whatever page was asked for, the first one comes."""
    ENDLESS_PAGES = "endless_pages"
    """Every page is a full one of NFTs never seen before."""
    LAST_PAGE = "last_page"
    """A page claims to be the last (MintGarden)."""
    OWNERS_LOST = "owners_lost"
    """The NFTs of a collection come without their owners (Spacescan, MintGarden)."""


@dataclass(frozen=True, slots=True)
class FaultDetails:
    """The particulars of a fault; each is used only by the faults whose description names it."""

    retry_after: str | None = None
    location: str = "http://elsewhere.invalid/"
    status: int | None = None
    code: int = 100000
    message: str = "Something went wrong"
    delta: int = 1
    size: int = 21 * 1024 * 1024


@dataclass(slots=True)
class FaultRule:
    """One fault in force: for whom, how many requests pass first, how often still (None: until cleared)."""

    fault: Fault
    details: FaultDetails
    owner: str | None
    skip: int
    times: int | None
    seen: int = 0


class FaultBook:
    """The faults of one stand-in. The oldest rule that fits a request is the one it meets."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []

    def add(self, rule: FaultRule) -> None:
        """Put a fault in force."""
        self._rules.append(rule)

    def clear(self, fault: Fault | None = None) -> None:
        """End one kind of fault, or all of them."""
        self._rules = [rule for rule in self._rules if fault is not None and rule.fault is not fault]

    def meet(self, owner: str | None) -> FaultRule | None:
        """Return the fault that a request about `owner` meets, and count it down."""
        for rule in self._rules:
            if rule.owner is not None and rule.owner != owner:
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            rule.seen += 1
            if rule.times is not None:
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
            return rule
        return None

    def __bool__(self) -> bool:
        return bool(self._rules)
