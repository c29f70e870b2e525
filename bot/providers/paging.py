"""Reading a list in pages by offset, without ever taking a part for the whole.

Offset paging is no snapshot: what moves between two pages shifts the rest. So the pages must add up to the total that
was announced, and when there is more than one, the earlier ones are read again at the end. If none of them changed,
all of them held at one and the same moment: the one just after the last page came. Otherwise the reading starts again,
once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from bot.domain.readings import Unknown, UnknownReason


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the amounts by identity in the order received, and the total that it announces.

    `rows` may name an identity twice.
    """

    rows: tuple[tuple[int, int], ...]
    total: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class WholeList:
    """All rows, amounts by identity (zero amounts included), as of one moment not before `observed_at`."""

    amounts: dict[int, int]
    observed_at: datetime


class _Moved(Enum):
    """The list changed while it was read, or its pages do not add up."""

    MOVED = auto()


Fetch = Callable[[int, bool], Awaitable[Page | Unknown]]
"""Ask for the page that starts at an offset. When the flag is set the page is read again, and the request must start
now: joining somebody else's would not show what the page is after the others came."""


async def read_all(fetch: Fetch, *, page_size: int, most_pages: int, name: str) -> WholeList | Unknown:
    """Read a whole list, or say why that was not possible. Nothing that `fetch` answers is assumed to be honest."""
    unsteady = Unknown(UnknownReason.INCOMPLETE, f"{name}'s pages do not add up: they changed while being read")
    first = _Pass(fetch, page_size=page_size, most_pages=most_pages, name=name)
    outcome = await first.run()
    if not isinstance(outcome, _Moved):
        return outcome
    outcome = await _Pass(fetch, page_size=page_size, most_pages=most_pages, name=name).run()
    if isinstance(outcome, _Moved):
        return unsteady
    # Rows a moment ago and none now is what an API does that is falling over, not a wallet worth believing in.
    vanished = isinstance(outcome, WholeList) and not outcome.amounts and first.saw_rows
    return unsteady if vanished else outcome


@dataclass(slots=True)
class _Pass:
    """One attempt to walk from the first page to the last."""

    fetch: Fetch
    page_size: int
    most_pages: int
    name: str
    _pages: list[tuple[int, Page]] = field(default_factory=list)
    _amounts: dict[int, int] = field(default_factory=dict)

    @property
    def saw_rows(self) -> bool:
        """Whether any page held anything."""
        return bool(self._amounts)

    async def run(self) -> WholeList | Unknown | _Moved:
        """Walk, add up, and look again."""
        outcome = await self._walk()
        if outcome is not None:
            return outcome
        first = self._pages[0][1]
        if len(self._amounts) != first.total:
            return _Moved.MOVED
        outcome = await self._look_again()
        return outcome or WholeList(self._amounts, first.asked_at)

    async def _walk(self) -> Unknown | _Moved | None:
        received = 0
        for _ in range(self.most_pages):
            page = await self.fetch(received, False)
            if isinstance(page, Unknown):
                return page
            self._pages.append((received, page))
            total = self._pages[0][1].total
            # A page past the end may say 0; that is not a change of the total.
            if page.total != total and not (not page.rows and page.total == 0):
                return _Moved.MOVED
            if not page.rows:
                return None
            before = len(self._amounts)
            for identity, amount in page.rows:
                if self._amounts.setdefault(identity, amount) != amount:
                    return _Moved.MOVED
            if len(self._amounts) == before:
                return Unknown(UnknownReason.LOOP, f"{self.name} repeats the same page")
            received += len(page.rows)
            # A full page is never taken for the last one, and a short one only when the announced total is reached:
            # servers may send less than was asked for.
            if len(page.rows) < self.page_size and received >= total:
                return None
        return Unknown(UnknownReason.TOO_MANY, f"{self.name} has more than {self.most_pages} pages for one wallet")

    async def _look_again(self) -> Unknown | _Moved | None:
        """Check that every page but the last is still what it was."""
        for offset, before in self._pages[:-1]:
            now = await self.fetch(offset, True)
            if isinstance(now, Unknown):
                return now
            if now.total != before.total or dict(now.rows) != dict(before.rows) or len(now.rows) != len(before.rows):
                return _Moved.MOVED
        return None
