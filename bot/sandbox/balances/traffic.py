"""What a stand-in was asked."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.sandbox.balances.faults import Fault

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class BalanceRequest:
    """One request as it arrived. The key itself is not kept, only whether it was the right one."""

    at: float
    path: str
    query: Mapping[str, str]
    owner: str | None
    """The owner key, collection or NFT that the question was about; None when there was none or it was not readable."""
    keyed: bool
    user_agent: str
    accept: str
    status: int
    """The status that was answered; 0 when the connection broke instead."""
    fault: Fault | None


class RequestLog:
    """The latest 10,000 requests, and counts of all since the last `clear`."""

    def __init__(self) -> None:
        self._latest: deque[BalanceRequest] = deque(maxlen=_KEPT)
        self._by_owner: Counter[str | None] = Counter()

    def add(self, request: BalanceRequest) -> None:
        """Remember a request."""
        self._latest.append(request)
        self._by_owner[request.owner] += 1

    def clear(self) -> None:
        """Start again from nothing."""
        self._latest.clear()
        self._by_owner.clear()

    def count_of(self, owner: str) -> int:
        """How many requests were about that owner."""
        return self._by_owner[owner]

    @property
    def count(self) -> int:
        """How many requests there were."""
        return self._by_owner.total()

    def __iter__(self) -> Iterator[BalanceRequest]:
        return iter(self._latest)
