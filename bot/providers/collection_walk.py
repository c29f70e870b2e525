"""Walking through a collection page by page, until its own count proves that nothing was missed.

The proof: a collection only ever grows (a Chia NFT that is burned still exists), so what was seen by the last page is a
part of what the collection holds when it is counted afterwards. If the two are equally many, they are the same. That is
why the count is asked after the pages and not before them: an NFT that was missed could otherwise hide behind one that
was minted meanwhile. How a page says that it is the last need not be trusted, as the count decides.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from bot.domain.collection_passes import CollectionPass, CompletePass, PassTarget
from bot.domain.holdings import Holding, Holdings
from bot.domain.readings import Unknown, UnknownReason


@dataclass(frozen=True, slots=True)
class OwnedRow:
    """One NFT, and the canonical address of its owner; None where the API names none."""

    nft: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """One page: its rows, and what to ask for to get the next one (None: the API says that there is none).

    `is_short` tells that it has fewer rows than a page can have, so that it is likely the last.
    """

    rows: tuple[OwnedRow, ...]
    following: str | None
    is_short: bool
    asked_at: datetime


FetchPage = Callable[[str | None], Awaitable[CollectionPage | Unknown]]
"""Ask for a page; None asks for the first one."""
FetchCount = Callable[[], Awaitable[int | Unknown]]
"""Ask how many NFTs the collection has."""


class _Moved(Enum):
    """An NFT was seen with two owners."""

    MOVED = auto()


def calls_of_walk(count: int, page_size: int) -> int:
    """Return the calls for a collection of so many NFTs: a page that is not full ends it, and then it is counted."""
    return count // page_size + 2


async def walk(
    target: PassTarget, fetch: FetchPage, count: FetchCount, *, most_pages: int, name: str
) -> CollectionPass:
    """Read a whole Chia collection, or say why that was not possible. No answer is assumed to be honest."""
    calls = 0
    for _ in range(2):
        attempt = _Walk(target, fetch, count, most_pages=most_pages, name=name, calls=calls)
        outcome = await attempt.run()
        if not isinstance(outcome, _Moved):
            return outcome
        calls = attempt.calls
    return Unknown(UnknownReason.INCOMPLETE, f"{name}'s collection changed hands while it was read, twice")


@dataclass(slots=True)
class _Walk:
    """One attempt to walk from the first page to the last."""

    target: PassTarget
    fetch: FetchPage
    count: FetchCount
    most_pages: int
    name: str
    calls: int
    _owners: dict[str, str | None] = field(default_factory=dict)

    async def run(self) -> CollectionPass | _Moved:
        """Walk, count, and compare."""
        asked: set[str | None] = set()
        token: str | None = None
        begun: datetime | None = None
        counted_early = False
        for _ in range(self.most_pages):
            self.calls += 1
            page = await self.fetch(token)
            if isinstance(page, Unknown):
                return page
            begun = begun or page.asked_at
            before = len(self._owners)
            if any(self._owners.setdefault(row.nft, row.owner) != row.owner for row in page.rows):
                return _Moved.MOVED
            asked.add(token)
            token = page.following
            if not page.rows or token is None:
                return await self._counted(begun)
            # A short page is no end that could be relied upon, as servers may send less than was asked for. So it is
            # a reason to count; if something is missing the walk goes on, and counts again when it is over.
            if page.is_short and not counted_early:
                counted_early = True
                outcome = await self._counted(begun)
                if not isinstance(outcome, Unknown) or outcome.reason is not UnknownReason.INCOMPLETE:
                    return outcome
            if token in asked or len(self._owners) == before:
                return Unknown(UnknownReason.LOOP, f"{self.name}'s pages go round in circles")
        return Unknown(UnknownReason.TOO_MANY, f"{self.name} has more than {self.most_pages} pages for one collection")

    async def _counted(self, begun: datetime) -> CollectionPass:
        self.calls += 1
        announced = await self.count()
        if isinstance(announced, Unknown):
            return announced
        if len(self._owners) != announced:
            detail = f"{self.name} listed {len(self._owners)} NFTs of a collection that has {announced}"
            return Unknown(UnknownReason.INCOMPLETE, detail)
        by_owner: dict[str, list[Holding]] = {}
        for nft, owner in self._owners.items():
            if owner is not None:
                by_owner.setdefault(owner, []).append(Holding(nft, self.target.item, 1))
        if not by_owner:
            # What an API says that has lost its owners, or its NFTs. Nobody gates a role on a collection like that.
            return Unknown(UnknownReason.INCOMPLETE, f"{self.name} names no owner in the whole collection")
        return CompletePass(
            target=self.target,
            owners={owner: Holdings.of(held) for owner, held in by_owner.items()},
            without_owner=frozenset(nft for nft, owner in self._owners.items() if owner is None),
            announced=announced,
            source=self.name,
            observed_at=begun,
            calls=self.calls,
        )
