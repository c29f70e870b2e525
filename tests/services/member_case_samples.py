"""Members with rules, wallets and ledger entries, for the tests of what is decided about them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from bot.domain.challenges import ProofKind
from bot.domain.expressions import Expression
from bot.domain.ledger import LedgerEntry
from bot.domain.links import Link
from bot.domain.members import Membership, MemberSnapshot, Presence
from bot.domain.networks import Network
from bot.domain.readings import Reading
from bot.domain.rules import Rule, RuleState
from bot.domain.wallets import WalletState, absorb
from bot.services.member_cases import MemberCase
from tests.domain.role_cases import GUILD, OTHER_ROLE, ROLE, USER, entries, members
from tests.domain.rule_strategies import expressions
from tests.domain.wallet_cases import CHIA, LOOPRING, NOW, POLICY, SELECTORS, no_evidence, wallets_with_history

HOUR = timedelta(hours=1)


def rule(
    expression: Expression,
    role_id: int = ROLE,
    state: RuleState = RuleState.ACTIVE,
    grace: timedelta = timedelta(0),
) -> Rule:
    """A rule for a role of the server."""
    return Rule(role_id, GUILD, role_id, f"role {role_id}", expression, grace, state)


def member_case(
    rules: Sequence[Rule], wallets: Iterable[WalletState] = (), ledger: Iterable[LedgerEntry] = ()
) -> MemberCase:
    """A member who has linked these wallets and has these roles from the bot."""
    return MemberCase(
        member=Membership(GUILD, USER, Presence.PRESENT, revision=1, settled=0, due_at=None),
        rules=rules,
        selectors=SELECTORS,
        links=[Link(wallet.id, USER, wallet, ProofKind.EOA, NOW, GUILD) for wallet in wallets],
        entries={entry.role_id: entry for entry in ledger},
    )


def shown(*role_ids: int) -> MemberSnapshot:
    """The member as Discord shows them with these roles."""
    return MemberSnapshot(USER, frozenset(role_ids), joined_at=None, pending=False)


def sightings() -> st.SearchStrategy[MemberSnapshot | None]:
    """What Discord shows of the member, or that it was not asked."""
    return st.none() | members


def after_failures(wallet: WalletState, readings: Sequence[Reading]) -> WalletState:
    """The wallet after readings that brought no evidence."""
    for reading in readings:
        wallet = absorb(wallet, reading, NOW, POLICY)
    return wallet


def failed_wallets(number: int, network: Network) -> st.SearchStrategy[WalletState]:
    """A wallet with any history whose latest reading brought no evidence."""
    failures = st.lists(no_evidence(), min_size=1, max_size=3)
    return st.builds(after_failures, wallets_with_history(number, network), failures)


def all_failed() -> st.SearchStrategy[list[WalletState]]:
    """Wallets on both networks, up to two on each, none of which could be read."""
    networks = st.sampled_from([(CHIA, LOOPRING), (CHIA, CHIA, LOOPRING), (CHIA, LOOPRING, LOOPRING)])
    return networks.flatmap(
        lambda chosen: st.tuples(
            *(failed_wallets(number, network) for number, network in enumerate(chosen, start=1))
        ).map(list)
    )


def rules_and_ledger() -> st.SearchStrategy[tuple[list[Rule], list[LedgerEntry]]]:
    """Active rules for both roles, and any ledger entries of the member for them."""
    graces = st.sampled_from([timedelta(0), HOUR])
    both_rules = st.tuples(
        st.builds(rule, expressions(), st.just(ROLE), grace=graces),
        st.builds(rule, expressions(), st.just(OTHER_ROLE), grace=graces),
    ).map(list)
    both_entries = st.tuples(
        st.none() | entries,
        st.none() | entries.map(lambda entry: replace(entry, role_id=OTHER_ROLE)),
    ).map(lambda pair: [entry for entry in pair if entry is not None])
    return st.tuples(both_rules, both_entries)
