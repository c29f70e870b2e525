"""Plans: never more calls than one for each wallet, every wallet once, and a reason for every one read by itself."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.fetch_plans import Asked, FetchPlan, Group, PlannedPass, Why, asked_by, plan
from bot.domain.grammar import parse
from bot.domain.networks import Network
from bot.domain.selectors import Selector, SelectorKind

CHIA, LOOPRING = Network.CHIA_MAINNET, Network.LOOPRING
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
ITEMS = st.sampled_from("abcdefgh")
GROUPS = st.lists(
    st.builds(
        Group,
        st.builds(Asked, st.frozensets(ITEMS, max_size=4), st.booleans()),
        due=st.integers(0, 500),
        first=st.integers(0, 20),
    ),
    max_size=8,
    unique_by=lambda group: group.asked,
)
CALLS = st.none() | st.dictionaries(ITEMS, st.integers(2, 60))


def of(groups: list[Group], calls: dict[str, int] | None) -> FetchPlan:
    return plan(CHIA, groups, calls, NOW, spacing=2)


def asks(*items: str) -> Asked:
    return Asked(frozenset(items))


@given(GROUPS, CALLS)
def test_a_plan_never_takes_more_calls_than_one_for_each_wallet(groups: list[Group], calls: dict[str, int]) -> None:
    made = of(groups, calls)
    assert made.calls <= made.due == sum(group.due + group.first for group in groups)


@given(GROUPS, CALLS)
def test_every_wallet_is_either_confirmed_or_read_by_itself(groups: list[Group], calls: dict[str, int]) -> None:
    made = of(groups, calls)
    assert made.confirmed + sum(count for _, count in made.alone) == made.due


@given(GROUPS, CALLS)
def test_a_wallet_is_confirmed_only_if_all_that_is_asked_about_it_is_passed_over(
    groups: list[Group], calls: dict[str, int]
) -> None:
    made = of(groups, calls)
    items = {each.item for each in made.passes}
    covered = [g for g in groups if g.asked.items and g.asked.items <= items and not g.asked.is_more]
    assert made.confirmed == sum(group.due for group in covered)


def test_a_collection_with_fewer_pages_than_wallets_is_passed_over() -> None:
    made = of([Group(asks("a"), due=1_000, first=7)], {"a": 22})
    assert made.passes == (PlannedPass("a", 22),)
    assert (made.calls, made.confirmed, made.alone) == (29, 1_000, ((Why.FIRST, 7),))
    assert made.takes == timedelta(seconds=58)


def test_a_large_collection_of_a_small_server_is_not() -> None:
    made = of([Group(asks("a"), due=20)], {"a": 22})
    assert (made.passes, made.calls, made.alone) == ((), 20, ((Why.DEARER, 20),))


def test_several_groups_together_make_a_pass_worth_it() -> None:
    groups = [Group(asks("a", "b"), due=15), Group(asks("a", "c"), due=15)]
    assert of(groups[:1], {"a": 20, "b": 2, "c": 2}).passes == ()
    made = of(groups, {"a": 20, "b": 2, "c": 2})
    assert [each.item for each in made.passes] == ["a", "b", "c"]
    assert made.calls == 24


def test_what_no_pass_shows_is_said() -> None:
    groups = [
        Group(Asked(frozenset({"a"}), is_more=True), due=5),
        Group(Asked(), due=4),
        Group(asks("z"), due=3),
    ]
    assert of(groups, {"a": 2}).alone == ((Why.SINGLE, 5), (Why.UNASKED, 4), (Why.UNCOUNTED, 3))
    assert of([Group(asks("a"), due=9)], None).alone == ((Why.NO_READER, 9),)


def test_wallets_whose_turn_is_spread_over_the_interval_are_worth_half_a_call() -> None:
    assert of([Group(asks("a"), due=1, later=40)], {"a": 22}).passes == ()
    assert of([Group(asks("a"), due=1, later=44)], {"a": 22}).passes == (PlannedPass("a", 22),)


def test_what_rules_ask_is_collections_single_nfts_and_anything() -> None:
    selectors = {
        "friends": Selector(CHIA, SelectorKind.CHIA_COLLECTION, frozenset({"col1a", "col1b"})),
        "one": Selector(CHIA, SelectorKind.NFT_SET, frozenset({"nft1a"})),
        "loop": Selector(LOOPRING, SelectorKind.NFT_DATA_SET, frozenset({"0xaa"})),
        "anything": Selector(LOOPRING, SelectorKind.ANY),
        "unused": Selector(CHIA, SelectorKind.CHIA_COLLECTION, frozenset({"col1z"})),
    }

    def asked(text: str, network: Network) -> Asked:
        return asked_by([parse(text, None)], selectors, network)

    assert asked("friends >= 2 and loop", CHIA) == asks("col1a", "col1b")
    assert asked("friends >= 2 and loop", LOOPRING) == asks("0xaa")
    assert asked("friends or one", CHIA) == Asked(frozenset({"col1a", "col1b"}), is_more=True)
    assert asked("anything", LOOPRING) == Asked(is_more=True)
    assert asked("anything or gone", CHIA) == Asked()
