"""The cases of many members at once: a few queries for all of them, and each server's rules once."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence

from bot.domain.case_facts import CaseFacts
from bot.domain.members import Membership, Presence
from bot.domain.rule_books import RuleBook
from bot.services.member_cases import MemberCase
from bot.services.repositories import UnitOfWork

_MOST_BOOKS = 500


class RuleShelf:
    """Servers' rule books, read anew when the database says that something in them has changed."""

    def __init__(self) -> None:
        self._books: dict[int, tuple[str, RuleBook]] = {}

    async def books(self, unit: UnitOfWork, guild_ids: AnyOf[int]) -> Mapping[int, RuleBook]:
        """Return the books of servers, as the rules and collections are in this unit."""
        editions = await unit.rules.editions(guild_ids)
        kept = {guild_id: self._books[guild_id] for guild_id in guild_ids if guild_id in self._books}
        found = {guild_id: book for guild_id, (edition, book) in kept.items() if edition == editions[guild_id]}
        outdated = [guild_id for guild_id in guild_ids if guild_id not in found]
        if outdated:
            rules = await unit.rules.of_guilds(outdated)
            collections = await unit.collections.of_guilds(outdated)
            for guild_id in outdated:
                selectors = {collection.name: collection.selector for collection in collections[guild_id]}
                found[guild_id] = RuleBook(rules[guild_id], selectors)
        for guild_id, book in found.items():
            self._keep(guild_id, editions[guild_id], book)
        return found

    async def seen(self, unit: UnitOfWork, guild_id: int, edition: str | None) -> RuleBook:
        """Return a server's book as a unit that only reads sees it, at its one moment, with the edition of then."""
        kept = self._books.get(guild_id)
        if edition is not None and kept is not None and kept[0] == edition:
            return kept[1]
        collections = await unit.collections.of_guild(guild_id)
        selectors = {collection.name: collection.selector for collection in collections}
        book = RuleBook(await unit.rules.of_guild(guild_id), selectors)
        if edition is not None:
            self._keep(guild_id, edition, book)
        return book

    def _keep(self, guild_id: int, edition: str, book: RuleBook) -> None:
        self._books.pop(guild_id, None)
        self._books[guild_id] = edition, book
        while len(self._books) > _MOST_BOOKS:
            del self._books[next(iter(self._books))]  # the one that was not wanted for the longest time


async def load_seen_case(
    unit: UnitOfWork, guild_id: int, user_id: int, facts: CaseFacts, shelf: RuleShelf
) -> MemberCase:
    """Load a member's case, just as `member_cases.load_case` would, in a unit that only reads: only what there is."""
    member = facts.member or Membership(guild_id, user_id, Presence.LEFT, revision=0, settled=0, due_at=None)
    book = await shelf.seen(unit, guild_id, facts.edition)
    entries = await unit.ledger.of_member(guild_id, user_id) if facts.has_entries else ()
    steps = await unit.undos.open_of(guild_id, user_id) if facts.has_undo_steps else ()
    return MemberCase(
        member=member,
        rules=book.rules,
        selectors=book.selectors,
        links=await unit.links.of_user(user_id) if facts.withdrawal is None else (),
        entries={entry.role_id: entry for entry in entries},
        is_paused=facts.is_paused,
        flips=await unit.role_flips.of_member(guild_id, user_id) if facts.has_flips else (),
        protections=await unit.protections.of_member(guild_id, user_id) if facts.has_protections else (),
        undo_steps={step.role_id: step for step in reversed(steps)},
        withdrawal=facts.withdrawal,
    )


async def load_cases(
    unit: UnitOfWork, members: Sequence[Membership], books: Mapping[int, RuleBook]
) -> Sequence[MemberCase]:
    """Load members' cases, each just as `member_cases.load_case` would."""
    keys = [member.key for member in members]
    withdrawals = await unit.opt_outs.withdrawals(keys)
    links = await unit.links.of_users({user_id for guild_id, user_id in keys if (guild_id, user_id) not in withdrawals})
    entries = await unit.ledger.of_members(keys)
    settings = await unit.settings.of_guilds({guild_id for guild_id, _ in keys})
    flips = await unit.role_flips.of_members(keys)
    protections = await unit.protections.of_members(keys)
    steps = await unit.undos.open_of_members(keys)
    return [
        MemberCase(
            member=member,
            rules=books[member.guild_id].rules,
            selectors=books[member.guild_id].selectors,
            links=links[member.user_id] if member.key not in withdrawals else (),
            entries={entry.role_id: entry for entry in entries[member.key]},
            is_paused=settings[member.guild_id].paused,
            flips=flips[member.key],
            protections=protections[member.key],
            undo_steps={step.role_id: step for step in reversed(steps[member.key])},
            withdrawal=withdrawals.get(member.key),
        )
        for member in members
    ]
