from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.evaluation import Explanation, GroupKind, GroupResult, LeafResult, always, evaluate, explain
from bot.domain.expressions import And, Between, Comparison, Expression, NOf, Not, Operator, Or, names
from bot.domain.grammar import parse
from bot.domain.intervals import UNKNOWN, Interval
from bot.domain.truth import Truth
from tests.domain.rule_strategies import expressions, intervals, knowledge

LARGEST = 6
"""Above every number in the random expressions, so that counts up to it show every case of `or more`."""
COMPARE = {
    Operator.AT_LEAST: int.__ge__,
    Operator.MORE: int.__gt__,
    Operator.AT_MOST: int.__le__,
    Operator.LESS: int.__lt__,
    Operator.EXACTLY: int.__eq__,
    Operator.OTHER: int.__ne__,
}


def plainly(expression: Expression, counts: Mapping[str, int]) -> bool:
    """What an expression means when everything is known, spelled out independently."""
    match expression:
        case Comparison(name, operator, number):
            return COMPARE[operator](counts[name], number)
        case Between(name, low, high):
            return low <= counts[name] <= high
        case Not(part):
            return not plainly(part, counts)
        case And(parts):
            return all(plainly(part, counts) for part in parts)
        case Or(parts):
            return any(plainly(part, counts) for part in parts)
        case NOf(needed, parts):
            return sum(plainly(part, counts) for part in parts) >= needed


def worlds(expression: Expression, known: Mapping[str, Interval]) -> Iterator[dict[str, int]]:
    """All counts that what is known allows."""
    spoken_of = names(expression)
    ranges = [[number for number in range(LARGEST + 1) if known[name].contains(number)] for name in spoken_of]
    for chosen in product(*ranges):
        yield dict(zip(spoken_of, chosen, strict=True))


@given(expressions(), knowledge())
def test_an_answer_holds_in_every_world_that_the_evidence_allows(
    expression: Expression, known: Mapping[str, Interval]
) -> None:
    answer = evaluate(expression, known)
    if answer is not Truth.UNKNOWN:
        assert {Truth.of(plainly(expression, world)) for world in worlds(expression, known)} == {answer}


@given(expressions(), knowledge(st.integers(0, LARGEST).map(Interval.exact)))
def test_exact_counts_are_never_unknown(expression: Expression, known: Mapping[str, Interval]) -> None:
    counts = {name: interval.low for name, interval in known.items()}
    assert evaluate(expression, known) is Truth.of(plainly(expression, counts))


@given(expressions(), knowledge(), knowledge())
def test_knowing_more_only_settles_what_was_unknown(
    expression: Expression, before: Mapping[str, Interval], news: Mapping[str, Interval]
) -> None:
    after = {name: interval.intersection(news[name]) or interval for name, interval in before.items()}
    answer = evaluate(expression, before)
    assert answer in (Truth.UNKNOWN, evaluate(expression, after))


@given(expressions(), knowledge())
def test_the_explanation_agrees_with_the_answer(expression: Expression, known: Mapping[str, Interval]) -> None:
    assert explain(expression, known).truth is evaluate(expression, known)


@given(expressions())
def test_without_any_evidence_nothing_is_decided(expression: Expression) -> None:
    assert evaluate(expression, {}) is always(expression) is Truth.UNKNOWN


@given(st.sampled_from(Operator), st.integers(0, 4), intervals())
def test_a_single_comparison_answers_whenever_the_evidence_settles_it(
    operator: Operator, number: int, count: Interval
) -> None:
    leaf = Comparison("a", operator, number)
    possible = {Truth.of(plainly(leaf, world)) for world in worlds(leaf, {"a": count})}
    assert evaluate(leaf, {"a": count}) is (Truth.UNKNOWN if len(possible) == 2 else possible.pop())


@pytest.mark.parametrize(
    ("leaf", "answer"),
    [
        (Comparison("a", Operator.AT_LEAST, 0), Truth.YES),
        (Comparison("a", Operator.LESS, 0), Truth.NO),
        (Comparison("a", Operator.AT_MOST, 0), Truth.UNKNOWN),
        (Not(Comparison("a", Operator.LESS, 0)), Truth.YES),
        (Between("a", 0, 10**12), Truth.UNKNOWN),
    ],
)
def test_always_sees_what_does_not_depend_on_holdings(leaf: Expression, answer: Truth) -> None:
    assert always(leaf) is answer


def test_known_wallets_can_entitle_while_another_is_unknown() -> None:
    rule = parse("friends >= 3 and not banned", None)
    some = Interval.exact(3) + UNKNOWN
    assert evaluate(rule, {"friends": some, "banned": Interval.exact(0)}) is Truth.YES
    assert evaluate(rule, {"friends": some}) is Truth.UNKNOWN
    assert evaluate(rule, {"friends": some, "banned": Interval.exact(1)}) is Truth.NO


def test_an_explanation_shows_every_condition_with_its_evidence() -> None:
    held = {"a": Interval.exact(2), "b": Interval.exact(0)}
    expected: Explanation = GroupResult(
        GroupKind.ANY,
        1,
        (
            GroupResult(GroupKind.NOT, 0, (LeafResult("a", ">= 1", Interval.exact(2), Truth.YES),), Truth.NO),
            GroupResult(
                GroupKind.SOME,
                1,
                (
                    LeafResult("b", "between 1 and 4", Interval.exact(0), Truth.NO),
                    LeafResult("c", "< 3", UNKNOWN, Truth.UNKNOWN),
                ),
                Truth.UNKNOWN,
            ),
        ),
        Truth.UNKNOWN,
    )
    assert explain(parse("not a or 1 of (b between 1 and 4, c < 3)", None), held) == expected


def test_an_explanation_of_and_needs_all_parts() -> None:
    result = explain(parse("a and b", None), {"a": Interval.exact(1), "b": Interval.exact(0)})
    assert isinstance(result, GroupResult)
    assert (result.kind, result.needed, result.truth) == (GroupKind.ALL, 2, Truth.NO)
