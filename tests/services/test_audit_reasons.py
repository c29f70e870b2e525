from hypothesis import given
from hypothesis import strategies as st

from bot.domain.expressions import NAME_MAX, And, Comparison, Expression, Operator
from bot.domain.grammar import parse
from bot.domain.ledger import LedgerEntry
from bot.domain.members import MemberSnapshot
from bot.domain.role_plans import RolePlan, Step
from bot.domain.rules import Rule
from bot.domain.wallets import WalletState
from bot.services.member_cases import RoleDecision, decide, evidence_of
from bot.services.role_writing import LONGEST_REASON, audit_reason
from tests.domain.role_cases import ROLE, held
from tests.domain.rule_strategies import expressions
from tests.domain.wallet_cases import LOOPRING, NOW, POLICY, known, nfts, several_wallets, unread
from tests.services.member_case_samples import member_case, rule, rules_and_ledger, shown, sightings

CATS = parse("_x9 >= 2", None)
TWO = known(nfts("nft-cat-1", "nft-cat-2"))
ONE = known(nfts("nft-cat-1"))


def reason(
    expression: Expression, *wallets: WalletState, seen: MemberSnapshot, entry: LedgerEntry | None = None
) -> str:
    case = member_case([rule(expression)], wallets, [] if entry is None else [entry])
    (decision,) = decide(case, seen, NOW, POLICY.stale_after)
    return audit_reason(decision)


def test_a_role_that_is_given_comes_with_rule_count_and_reading() -> None:
    text = reason(CATS, TWO, seen=shown())
    assert text == f"Holdfast: meets _x9 >= 2; counted _x9 2; {TWO.address.short} via test"


def test_a_role_that_is_taken_says_what_is_not_met_any_more() -> None:
    text = reason(CATS, ONE, seen=shown(ROLE), entry=held())
    assert text == f"Holdfast: no longer meets _x9 >= 2; counted _x9 1; {ONE.address.short} via test"


def test_a_wallet_that_was_never_read_is_no_part_of_the_reason() -> None:
    text = reason(CATS, TWO, unread(2), seen=shown())
    assert text == f"Holdfast: meets _x9 >= 2; counted _x9 at least 2; {TWO.address.short} via test"


def test_a_member_without_wallets_lost_the_role_for_holding_nothing() -> None:
    assert reason(CATS, seen=shown(ROLE), entry=held()) == "Holdfast: no longer meets _x9 >= 2; counted _x9 0"


def test_a_role_of_a_removed_rule_says_so() -> None:
    (decision,) = decide(member_case([], [TWO], [held()]), shown(ROLE), NOW, POLICY.stale_after)
    assert audit_reason(decision) == "Holdfast: the rule was removed"


def test_the_checksummed_spelling_of_an_address_is_shortened_too() -> None:
    card = known(nfts("0xcard"), 17, LOOPRING)
    text = reason(parse("og_card", None), card, seen=shown())
    assert card.address.short in text
    assert card.address.display not in text


def test_the_longest_rule_still_fits_into_the_audit_log() -> None:
    names = [f"{number:02d}".rjust(NAME_MAX, "x") for number in range(25)]
    longest = And(tuple(Comparison(name, Operator.AT_LEAST, 10**12) for name in names))
    (judgement,) = member_case([rule(longest)], [TWO]).judgements(NOW, POLICY.stale_after)
    plan = RolePlan(Step.GIVE, None)
    text = audit_reason(RoleDecision(ROLE, rule(longest), None, plan, evidence_of(judgement)))
    assert len(text) == LONGEST_REASON
    assert text.startswith(f"Holdfast: meets {names[0]} >= ")


@given(rules_and_ledger(), several_wallets(), sightings())
def test_no_reason_is_too_long_or_shows_a_full_address(
    configured: tuple[list[Rule], list[LedgerEntry]], wallets: list[WalletState], seen: MemberSnapshot | None
) -> None:
    rules, ledger = configured
    for decision in decide(member_case(rules, wallets, ledger), seen, NOW, POLICY.stale_after):
        text = audit_reason(decision)
        assert 0 < len(text) <= 512
        assert text.isprintable()
        for wallet in wallets:
            assert wallet.address.text not in text.lower()
            assert wallet.address.text[8:-4] not in text.lower()


@given(expressions(), st.lists(st.integers(1, 255), min_size=20, max_size=60, unique=True))
def test_many_wallets_are_cut_off_and_not_in_the_way(expression: Expression, numbers: list[int]) -> None:
    wallets = [known(nfts("nft-cat-1"), number) for number in numbers]
    (judgement,) = member_case([rule(expression)], wallets).judgements(NOW, POLICY.stale_after)
    decision = RoleDecision(ROLE, rule(expression), held(), RolePlan(Step.TAKE, None), evidence_of(judgement))
    text = audit_reason(decision)
    assert len(text) <= LONGEST_REASON
    assert text.startswith("Holdfast: no longer meets ")
