"""Random servers full of members, and how they get into a database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from bot.domain.challenges import ProofKind
from bot.domain.ledger import LedgerEntry, RoleAction
from bot.domain.members import MemberKey
from bot.domain.privacy import AskedBy, Deletion
from bot.domain.protections import Protection
from bot.domain.rivals import Flip
from bot.domain.rules import Rule, RuleState
from bot.domain.selectors import Selector
from bot.domain.undos import UndoAction, UndoStep
from bot.domain.wallets import WalletState
from bot.services.repositories import UnitOfWork
from bot.store.store import SqlStore
from tests.domain.role_cases import OTHER_ROLE, ROLE, entries
from tests.domain.rule_strategies import NAMES, expressions
from tests.domain.wallet_cases import HOUR, NOW, SELECTORS, address, several_wallets
from tests.services.member_case_samples import rule

ROLES = (ROLE, OTHER_ROLE, 73, 74)
GUILDS = (101, 102)
USERS = (21, 22, 23)


@dataclass(frozen=True, slots=True)
class Setting:
    """One server: its rules, collections and whether it is paused."""

    rules: list[Rule]
    selectors: Mapping[str, Selector]
    is_paused: bool


@dataclass(frozen=True, slots=True)
class Membered:
    """One member of one server."""

    ledger: list[LedgerEntry]
    has_left: bool
    has_opted_out: bool
    is_protected: bool
    flips: int
    undo: UndoAction | None


@dataclass(frozen=True, slots=True)
class Population:
    """Servers, people with their wallets, and who they are in each server."""

    servers: Mapping[int, Setting]
    wallets: Mapping[int, list[WalletState]]
    members: Mapping[MemberKey, Membered]
    forgetting: int | None


def rulebooks() -> st.SearchStrategy[tuple[list[Rule], Mapping[str, Selector]]]:
    """Up to four rules in any state, and the server's collections, of which one may have been removed."""
    some = st.lists(st.tuples(expressions(largest=2), st.sampled_from(RuleState)), max_size=len(ROLES))
    rules = some.map(
        lambda chosen: [rule(asked, role, state) for role, (asked, state) in zip(ROLES, chosen, strict=False)]
    )
    removed = st.sampled_from((None, *NAMES))
    kept = removed.map(lambda name: {known: selector for known, selector in SELECTORS.items() if known != name})
    return st.tuples(rules, kept)


def ledgers() -> st.SearchStrategy[list[LedgerEntry]]:
    """Any entries of a member, for some of the roles."""
    either = st.tuples(*(st.none() | _entries_of(role_id) for role_id in ROLES))
    return either.map(lambda chosen: [entry for entry in chosen if entry is not None])


def _entries_of(role_id: int) -> st.SearchStrategy[LedgerEntry]:
    return entries.map(lambda entry: replace(entry, role_id=role_id))


def populations() -> st.SearchStrategy[Population]:
    """Two servers that share three people."""
    rarely = st.sampled_from((False, False, False, True))
    server = st.tuples(rulebooks(), rarely).map(lambda drawn: Setting(*drawn[0], drawn[1]))
    membered = st.builds(
        Membered, ledgers(), rarely, rarely, rarely, st.integers(0, 3), st.sampled_from((None, None, *UndoAction))
    )
    return st.builds(
        Population,
        st.fixed_dictionaries(dict.fromkeys(GUILDS, server)),
        st.fixed_dictionaries(dict.fromkeys(USERS, several_wallets(most=2))),
        st.fixed_dictionaries({(guild_id, user_id): membered for guild_id in GUILDS for user_id in USERS}),
        st.sampled_from((None, None, *USERS)),
    )


async def settle_in(store: SqlStore, population: Population) -> None:
    """Write a population down. Everybody who has not left is due."""
    async with store.unit() as unit:
        for guild_id, server in population.servers.items():
            await _open(unit, guild_id, server)
        for user_id, wallets in population.wallets.items():
            for number, wallet in enumerate(wallets):
                home = address(user_id * 10 + number, wallet.network)
                known = await unit.wallets.ensure(home, NOW)
                await unit.wallets.save(replace(wallet, id=known.id, address=home))
                await unit.links.add(known.id, user_id, GUILDS[0], ProofKind.EOA, NOW)
        for (guild_id, user_id), member in population.members.items():
            await _join(unit, guild_id, user_id, member)
        if population.forgetting is not None:
            await unit.deletions.ask(Deletion(population.forgetting, NOW, AskedBy.MEMBER, NOW))


async def _open(unit: UnitOfWork, guild_id: int, server: Setting) -> None:
    for name, selector in server.selectors.items():
        await unit.collections.add(guild_id, name, selector, NOW)
    for drawn in server.rules:
        made = await unit.rules.add(guild_id, drawn.role_id, drawn.role_name, drawn.expression, drawn.grace)
        await unit.rules.save(replace(made, state=drawn.state))
    if server.is_paused:
        await unit.settings.save(replace(await unit.settings.get(guild_id), paused=True))


async def _join(unit: UnitOfWork, guild_id: int, user_id: int, member: Membered) -> None:
    await unit.members.meet(guild_id, user_id, NOW)
    for entry in member.ledger:
        await unit.ledger.save(replace(entry, guild_id=guild_id, user_id=user_id))
    if member.has_left:
        await unit.members.mark_left(guild_id, user_id, NOW)
    if member.has_opted_out:
        await unit.opt_outs.add(guild_id, user_id, NOW)
    if member.is_protected:
        await unit.protections.save(Protection(guild_id, user_id, ROLE, NOW + HOUR, "", 1, NOW))
    for number in range(member.flips):
        await unit.role_flips.add(Flip(NOW - number * HOUR, guild_id, user_id, ROLE, RoleAction.GIVE))
    if member.undo is not None:
        await unit.undos.add([UndoStep(guild_id, guild_id, user_id, OTHER_ROLE, member.undo, NOW - HOUR)])
