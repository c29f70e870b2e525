from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.grammar import parse
from bot.domain.intervals import Interval
from bot.domain.ledger import Evidence, LedgerEntry, ReadingUsed
from bot.domain.members import MemberSnapshot
from bot.domain.readings import Reading, Unknown, UnknownReason
from bot.domain.role_plans import Step
from bot.domain.rules import Rule, RuleState
from bot.domain.wallets import WalletState
from bot.services.member_cases import MemberCase, decide, evidence_of
from tests.domain.role_cases import OTHER_ROLE, ROLE, held
from tests.domain.wallet_cases import (
    LOOPRING,
    NOW,
    POLICY,
    known,
    nfts,
    no_evidence,
    several_wallets,
    unread,
)
from tests.services.member_case_samples import (
    after_failures,
    all_failed,
    member_case,
    rule,
    rules_and_ledger,
    shown,
    sightings,
)

CATS = rule(parse("_x9 >= 2", None))
"""Asks for two NFTs on Chia."""
TWO = known(nfts("nft-cat-1", "nft-cat-2"))
ONE = known(nfts("nft-cat-1"))
TIMEOUT = Unknown(UnknownReason.NETWORK)


def steps(case: MemberCase, seen: MemberSnapshot | None = None) -> dict[int, Step]:
    return {decision.role_id: decision.plan.step for decision in decide(case, seen, NOW, POLICY.stale_after)}


class TestMissingEvidence:
    @given(rules_and_ledger(), all_failed(), sightings())
    def test_changes_no_role_when_no_wallet_could_be_read(
        self,
        configured: tuple[list[Rule], list[LedgerEntry]],
        wallets: list[WalletState],
        seen: MemberSnapshot | None,
    ) -> None:
        """Whatever was known before, whatever the ledger says, and whatever Discord shows."""
        rules, ledger = configured
        decided = steps(member_case(rules, wallets, ledger), seen)
        assert decided.keys() == {ROLE, OTHER_ROLE}
        assert set(decided.values()) <= {Step.NOTHING, Step.LOOK}

    @given(rules_and_ledger(), several_wallets(least=1), sightings(), no_evidence(), st.data())
    def test_on_one_wallet_leads_to_no_change_that_was_not_due_already(
        self,
        configured: tuple[list[Rule], list[LedgerEntry]],
        wallets: list[WalletState],
        seen: MemberSnapshot | None,
        reading: Reading,
        data: st.DataObject,
    ) -> None:
        rules, ledger = configured
        place = data.draw(st.integers(0, len(wallets) - 1))
        failing = [*wallets[:place], after_failures(wallets[place], [reading]), *wallets[place + 1 :]]
        before = steps(member_case(rules, wallets, ledger), seen)
        after = steps(member_case(rules, failing, ledger), seen)
        for role_id, step in after.items():
            assert step in (Step.NOTHING, Step.LOOK, before[role_id])

    def test_keeps_the_role_of_a_holder_whose_wallet_cannot_be_read(self) -> None:
        failing = after_failures(TWO, [TIMEOUT])
        assert steps(member_case([CATS], [failing], [held()]), shown(ROLE)) == {ROLE: Step.NOTHING}

    def test_does_not_keep_others_from_the_role_that_their_other_wallet_earns(self) -> None:
        assert steps(member_case([CATS], [TWO, unread(2)]), shown()) == {ROLE: Step.GIVE}


class TestARule:
    def test_gives_its_role_to_who_meets_it(self) -> None:
        assert steps(member_case([CATS], [TWO])) == {ROLE: Step.LOOK}
        assert steps(member_case([CATS], [TWO]), shown()) == {ROLE: Step.GIVE}

    def test_takes_its_role_from_who_does_not_meet_it_any_more(self) -> None:
        assert steps(member_case([CATS], [ONE], [held()]), shown(ROLE)) == {ROLE: Step.TAKE}

    def test_takes_its_role_from_who_has_no_wallet_left(self) -> None:
        assert steps(member_case([CATS], [], [held()]), shown(ROLE)) == {ROLE: Step.TAKE}

    def test_waits_for_its_own_grace_period(self) -> None:
        patient = rule(CATS.expression, grace=timedelta(days=1))
        assert steps(member_case([patient], [ONE], [held()]), shown(ROLE)) == {ROLE: Step.NOTHING}

    def test_is_decided_apart_from_the_others(self) -> None:
        other = rule(parse("_x9 == 1", None), OTHER_ROLE)
        case = member_case([CATS, other], [ONE], [held()])
        assert steps(case, shown(ROLE)) == {ROLE: Step.TAKE, OTHER_ROLE: Step.GIVE}

    @pytest.mark.parametrize("state", [state for state in RuleState if state is not RuleState.ACTIVE])
    @pytest.mark.parametrize("wallet", [TWO, ONE], ids=["entitled", "not entitled"])
    def test_that_is_not_active_leaves_its_roles_alone(self, state: RuleState, wallet: WalletState) -> None:
        stopped = rule(CATS.expression, state=state)
        assert steps(member_case([stopped], [wallet]), shown()) == {}
        assert steps(member_case([stopped], [wallet], [held()]), shown(ROLE)) == {}
        assert len(member_case([stopped], [wallet]).judgements(NOW, POLICY.stale_after)) == 1


class TestARoleWhoseRuleWasRemoved:
    def test_is_taken_back_without_asking_what_is_held(self) -> None:
        case = member_case([], [unread()], [held(grace_waived=True)])
        assert steps(case, shown(ROLE)) == {ROLE: Step.TAKE}
        (decision,) = decide(case, shown(ROLE), NOW, POLICY.stale_after)
        assert decision.rule is None
        assert decision.entry == held(grace_waived=True)
        assert decision.evidence.note == "the rule was removed"

    def test_is_nobodys_business_when_an_admin_gave_it_back_since(self) -> None:
        given_back = held(kept_at=NOW, grace_waived=True)  # and then its holder lost a wallet
        (decision,) = decide(member_case([], [unread()], [given_back]), None, NOW, POLICY.stale_after)
        assert (decision.plan.step, decision.plan.entry) == (Step.NOTHING, None)
        assert decision.is_exempt_from_brake

    def test_is_forgotten_where_it_is_gone_already(self) -> None:
        (decision,) = decide(member_case([], [], [held()]), shown(), NOW, POLICY.stale_after)
        assert (decision.plan.step, decision.plan.entry) == (Step.NOTHING, None)

    def test_is_left_alone_unless_it_came_from_the_bot(self) -> None:
        assert steps(member_case([], [TWO]), shown(ROLE, OTHER_ROLE)) == {}


class TestTheBrake:
    def test_spares_only_removals_that_somebody_asked_for(self) -> None:
        for asked in (True, False):
            case = member_case([CATS], [ONE], [held(grace_waived=asked)])
            (decision,) = decide(case, shown(ROLE), NOW, POLICY.stale_after)
            assert decision.is_exempt_from_brake is asked
        (giving,) = decide(member_case([CATS], [TWO]), shown(), NOW, POLICY.stale_after)
        assert not giving.is_exempt_from_brake


def evidence(text: str, *wallets: WalletState) -> Evidence:
    (judgement,) = member_case([rule(parse(text, None))], wallets).judgements(NOW, POLICY.stale_after)
    return evidence_of(judgement)


class TestTheEvidence:
    def test_says_what_was_asked_and_what_was_counted_where_and_when(self) -> None:
        card = known(nfts("0xcard"), 2, LOOPRING)
        found = evidence("og_card >= 1 and _x9 >= 2", TWO, card)
        assert found.requirement == "og_card and _x9 >= 2"
        assert found.counts == (("_x9", Interval.exact(2)), ("og_card", Interval.exact(1)))
        assert set(found.readings) == {ReadingUsed(wallet.address.short, "test", NOW) for wallet in (TWO, card)}
        assert found.note == ""

    def test_names_a_wallet_once_however_many_collections_it_counts_for(self) -> None:
        assert len(evidence("a and b and _x9", TWO).readings) == 1

    def test_leaves_out_wallets_on_other_networks(self) -> None:
        card = known(nfts("0xcard"), 2, LOOPRING)
        assert evidence("_x9", TWO, card).readings == (ReadingUsed(TWO.address.short, "test", NOW),)

    def test_says_so_when_no_wallet_is_linked_there(self) -> None:
        found = evidence("_x9", known(nfts("0xcard"), 2, LOOPRING))
        assert found.note == "no linked wallet on the networks the rule asks about"
        assert found.readings == ()

    @given(several_wallets())
    def test_never_holds_a_full_address(self, wallets: list[WalletState]) -> None:
        text = repr(evidence("_x9 and og_card", *wallets)).lower()
        assert all(wallet.address.text not in text for wallet in wallets)
