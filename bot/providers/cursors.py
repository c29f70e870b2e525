"""Reading a list in pages by cursor, where no total is announced.

Without a total, completeness rests on the cursors. A list ends with an empty page, with a page that names no next one,
or with a page that is shorter than the page size the API itself names. A full page without a next one is a
contradiction, and so is a cursor that comes twice.

What moves between two pages could be missed. So when there is more than one page, all but the last are asked again at
the end, by the same cursors. If none of them changed, all of them held at one and the same moment: the one just after
the last page came. Otherwise the reading starts again, once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from bot.domain.holdings import Holding, Holdings
from bot.domain.readings import Unknown, UnknownReason


@dataclass(frozen=True, slots=True)
class CursorPage:
    """One page: its rows in the order received, the cursor of the next page, and the page size that the API names."""

    rows: tuple[Holding, ...]
    following: str | None
    size: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class WholeWallet:
    """All rows of a wallet, as of one moment not before `observed_at`."""

    holdings: Holdings
    observed_at: datetime


class _Moved(Enum):
    """The list changed while it was read."""

    MOVED = auto()


Fetch = Callable[[str | None, bool], Awaitable[CursorPage | Unknown]]
"""Ask for the page at a cursor (None: the first). When the flag is set the page is read again, and the request must
start now: joining somebody else's would not show what the page is after the others came."""


async def read_by_cursor(fetch: Fetch, *, page_size: int, most_pages: int, name: str) -> WholeWallet | Unknown:
    """Read a whole list, or say why that was not possible. Nothing that `fetch` answers is assumed to be honest."""
    unsteady = Unknown(UnknownReason.INCOMPLETE, f"{name}'s pages do not add up: they changed while being read")
    first = _Pass(fetch, page_size=page_size, most_pages=most_pages, name=name)
    outcome = await first.run()
    if not isinstance(outcome, _Moved):
        return outcome
    outcome = await _Pass(fetch, page_size=page_size, most_pages=most_pages, name=name).run()
    # Rows a moment ago and none now is what an API does that is falling over, not a wallet worth believing in.
    vanished = isinstance(outcome, WholeWallet) and not outcome.holdings
    return unsteady if isinstance(outcome, _Moved) or vanished else outcome


@dataclass(slots=True)
class _Pass:
    """One attempt to walk from the first page to the last."""

    fetch: Fetch
    page_size: int
    most_pages: int
    name: str
    _pages: list[tuple[str | None, CursorPage]] = field(default_factory=list)
    _found: dict[str, Holding] = field(default_factory=dict)

    async def run(self) -> WholeWallet | Unknown | _Moved:
        """Walk, and look again."""
        outcome = await self._walk() or await self._look_again()
        if outcome is not None:
            return outcome
        return WholeWallet(Holdings.of(self._found.values()), self._pages[0][1].asked_at)

    async def _walk(self) -> Unknown | None:
        cursor: str | None = None
        asked: set[str | None] = set()
        for _ in range(self.most_pages):
            page = await self.fetch(cursor, False)
            if isinstance(page, Unknown):
                return page
            self._pages.append((cursor, page))
            asked.add(cursor)
            for row in page.rows:
                if self._found.setdefault(row.asset, row) != row:
                    detail = f"{self.name}'s answer is not as documented: one NFT is listed in two collections"
                    return Unknown(UnknownReason.SCHEMA, detail)
            if not page.rows:
                return None
            if page.following is None:
                full = len(page.rows) >= self.page_size
                detail = f"{self.name} sent a full page and no way to the next"
                return Unknown(UnknownReason.INCOMPLETE, detail) if full else None
            if page.size is not None and len(page.rows) < min(page.size, self.page_size):
                return None
            if page.following in asked:
                return Unknown(UnknownReason.LOOP, f"{self.name}'s pages go round in circles")
            cursor = page.following
        return Unknown(UnknownReason.TOO_MANY, f"{self.name} has more than {self.most_pages} pages for one wallet")

    async def _look_again(self) -> Unknown | _Moved | None:
        """Check that every page but the last is still what it was."""
        for cursor, before in self._pages[:-1]:
            now = await self.fetch(cursor, True)
            if isinstance(now, Unknown):
                return now
            same = len(now.rows) == len(before.rows) and set(now.rows) == set(before.rows)
            if not same or now.following != before.following:
                return _Moved.MOVED
        return None
