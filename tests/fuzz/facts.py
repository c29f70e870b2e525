"""What there is to know: the rules as configured, the world as it was, and what evidence says of it.

Verdicts are found by trying all worlds that fit, without the bot's own judgement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.fuzz.beliefs import Belief
from tests.fuzz.requirements import EMPTY, ITEMS, Bag, Count, Requirement, amount, certainly, is_asked_about

Links = Mapping[str, int]
"""Address -> user."""


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule as it is configured."""

    requirement: Requirement
    grace: timedelta
    is_active: bool


Rules = Mapping[tuple[int, int], RuleFacts]
"""(Server, role) -> rule."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How the world was from a time on."""

    at: datetime
    bags: Mapping[str, Bag]
    links: Links


@dataclass(frozen=True, slots=True)
class Change:
    """A role was given to a member, or taken."""

    by_bot: bool
    gave: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What evidence says of a requirement, and the oldest reading in it."""

    answer: bool | None
    oldest: datetime | None


def holds_truly(requirement: Requirement, moment: Moment, user_id: int) -> bool:
    """Whether a user's linked wallets met a requirement at a moment."""
    bags = [(address, moment.bags.get(address, EMPTY)) for address, owner in moment.links.items() if owner == user_id]
    numbers = {
        name: amount(name, (bag for address, bag in bags if is_asked_about(name, address)))
        for name in requirement.names
    }
    return requirement.holds(numbers)


def weigh(requirement: Requirement, beliefs: Mapping[str, Belief], at: datetime, stale_after: timedelta) -> Finding:
    """What is believed of a user's wallets says of a requirement."""
    counts: dict[str, Count] = {}
    read_at: list[datetime] = []
    for name in requirement.names:
        item = ITEMS.get(name)
        asked = [belief for address, belief in beliefs.items() if is_asked_about(name, address)]
        known = [belief for belief in asked if belief.is_evidence(item, at, stale_after)]
        counts[name] = Count(amount(name, (belief.bag for belief in known)), len(known) == len(asked))
        read_at += [seen_at for belief in known if (seen_at := belief.seen_at(item)) is not None]
    return Finding(certainly(requirement, counts), min(read_at, default=None))
