"""What a rule book leaves out never matters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.grammar import parse
from bot.domain.holdings import Holdings
from bot.domain.ledger import LedgerEntry
from bot.domain.networks import Network
from bot.domain.role_plans import RolePlan, Step
from bot.domain.rule_books import RuleBook
from bot.domain.rules import Rule, RuleState
from bot.domain.selectors import Selector
from bot.domain.verdicts import Verdict, judge
from bot.domain.wallets import WalletState
from bot.services.member_cases import decide
from tests.domain.role_cases import OTHER_ROLE, ROLE
from tests.domain.wallet_cases import (
    CHIA,
    EVERY_HOLDINGS,
    LOOPRING,
    NOW,
    POLICY,
    SELECTORS,
    known,
    nfts,
    several_wallets,
)
from tests.services.member_case_samples import member_case, rule
from tests.services.populations import ledgers, rulebooks

STALE_AFTER = POLICY.stale_after


def changes() -> st.SearchStrategy[tuple[Network, Holdings, Holdings]]:
    """What a wallet on one of the networks held, and what it holds now."""
    networks = st.sampled_from([CHIA, LOOPRING])
    return networks.flatmap(
        lambda network: st.tuples(
            st.just(network), st.sampled_from(EVERY_HOLDINGS[network]), st.sampled_from(EVERY_HOLDINGS[network])
        )
    )


class TestRulesFor:
    @given(rulebooks(), several_wallets(), ledgers())
    def test_a_member_is_decided_about_as_if_by_all_rules(
        self,
        configured: tuple[list[Rule], Mapping[str, Selector]],
        wallets: list[WalletState],
        ledger: list[LedgerEntry],
    ) -> None:
        rules, selectors = configured
        case = replace(member_case(rules, wallets, ledger), selectors=selectors)
        concerned = RuleBook(rules, selectors).rules_for(wallets, case.entries, NOW, STALE_AFTER)
        of_all = {decision.role_id: decision for decision in decide(case, None, NOW, STALE_AFTER)}
        of_some = {d.role_id: d for d in decide(replace(case, rules=concerned), None, NOW, STALE_AFTER)}
        left_out = {role_id: of_all.pop(role_id) for role_id in of_all.keys() - of_some.keys()}
        assert of_all == of_some
        for decision in left_out.values():
            assert (decision.entry, decision.plan) == (None, RolePlan(Step.NOTHING, None))

    def test_a_wallet_meets_only_the_rules_that_name_what_it_holds(self) -> None:
        cats, dog = rule(parse("a >= 3", None), ROLE), rule(parse("og_card", None), OTHER_ROLE)
        book = RuleBook([cats, dog], SELECTORS)
        assert book.rules_for([known(nfts("nft-cat-1"))], (), NOW, STALE_AFTER) == [cats]
        assert book.rules_for([known(Holdings())], (), NOW, STALE_AFTER) == []
        assert book.rules_for([known(Holdings())], (OTHER_ROLE,), NOW, STALE_AFTER) == [dog]


class TestMinds:
    @given(rulebooks(), changes(), several_wallets(most=2))
    def test_a_change_that_no_rule_minds_changes_no_verdict(
        self,
        configured: tuple[list[Rule], Mapping[str, Selector]],
        change: tuple[Network, Holdings, Holdings],
        others: list[WalletState],
    ) -> None:
        rules, selectors = configured
        network, before, after = change
        if RuleBook(rules, selectors).minds(network, before, after):
            return

        def verdicts(held: Holdings) -> Sequence[Verdict]:
            wallets = [*others, known(held, number=9, network=network)]
            return [
                judge(rule, selectors, wallets, NOW, STALE_AFTER).verdict
                for rule in rules
                if rule.state is RuleState.ACTIVE
            ]

        assert verdicts(before) == verdicts(after)

    def test_only_active_rules_mind(self) -> None:
        asked = parse("a", None)
        change = (CHIA, Holdings(), nfts("nft-cat-1"))
        assert RuleBook([rule(asked)], SELECTORS).minds(*change)
        assert RuleBook([rule(parse("not a", None))], SELECTORS).minds(*change)
        assert not RuleBook([rule(asked, state=RuleState.PAUSED)], SELECTORS).minds(*change)
        assert not RuleBook([rule(parse("og_card", None))], SELECTORS).minds(*change)
