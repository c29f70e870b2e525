import pytest
from hypothesis import given

from bot.domain.errors import UserError
from bot.domain.expressions import (
    And,
    Between,
    Comparison,
    Expression,
    NOf,
    Not,
    Operator,
    Or,
    check_name,
    names,
    render,
)
from bot.domain.grammar import parse
from tests.domain.rule_strategies import expressions

A, B, C = (Comparison(name, Operator.AT_LEAST, 1) for name in "abc")
TWO = Comparison("a", Operator.EXACTLY, 2)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (A, "a"),
        (Comparison("a", Operator.AT_LEAST, 2), "a >= 2"),
        (Comparison("a", Operator.OTHER, 1), "a != 1"),
        (Between("a", 1, 4), "a between 1 and 4"),
        (Not(TWO), "not a == 2"),
        (Not(Not(A)), "not not a"),
        (And((A, Or((B, C)))), "a and (b or c)"),
        (Or((A, And((B, C)))), "a or b and c"),
        (Not(And((A, B))), "not (a and b)"),
        (And((Not(A), B)), "not a and b"),
        (NOf(2, (A, Or((B, C)), TWO)), "2 of (a, b or c, a == 2)"),
    ],
)
def test_an_expression_is_printed_with_no_bracket_that_could_be_left_out(expression: Expression, text: str) -> None:
    assert render(expression) == text


@given(expressions())
def test_the_printed_form_reads_back_as_the_same_expression(expression: Expression) -> None:
    assert parse(render(expression), None) == expression


def test_an_and_inside_an_and_is_the_same_as_one_and() -> None:
    assert And((And((A, B)), C)) == And((A, And((B, C)))) == And((A, B, C))
    assert Or((A, Or((B, C)))) == Or((A, B, C))


def test_names_come_once_in_order_of_appearance() -> None:
    assert names(parse("b or 1 of (a, not b) and c between 1 and 2", None)) == ("b", "a", "c")


@pytest.mark.parametrize(("low", "high"), [(4, 1), (-1, 2), (0, 10**12 + 1)])
def test_an_impossible_range_cannot_be_built(low: int, high: int) -> None:
    with pytest.raises(ValueError, match=r"no number|out of range"):
        Between("a", low, high)


@pytest.mark.parametrize("name", ["", "A", "1a", "a b", "and", "a" * 33])
def test_only_canonical_names_are_built_into_expressions(name: str) -> None:
    with pytest.raises(ValueError, match="canonical"):
        Comparison(name, Operator.AT_LEAST, 1)


def test_groups_need_parts() -> None:
    with pytest.raises(ValueError, match="2 conditions"):
        And((A,))
    with pytest.raises(ValueError, match="1 conditions"):
        NOf(1, ())
    with pytest.raises(ValueError, match="3 of 2"):
        NOf(3, (A, B))
    with pytest.raises(ValueError, match="1 of 26"):
        NOf(1, (A,) * 26)


@pytest.mark.parametrize(("text", "name"), [("Friends", "friends"), (" og-card_2 ", "og-card_2"), ("_", "_")])
def test_a_collection_name_is_brought_to_one_spelling(text: str, name: str) -> None:
    assert check_name(text) == name


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("  ", "needs a name"),
        ("x" * 33, "at most 32 characters, and this one has 33"),
        ("og card", "begins with a letter"),
        ("2nd", "begins with a letter"),
        ("café", "letters a to z"),
        ("Between", "“between” is a word of the rule language"),
    ],
)
def test_a_name_that_rules_could_not_use_is_refused(text: str, answer: str) -> None:
    with pytest.raises(UserError, match=answer):
        check_name(text)
