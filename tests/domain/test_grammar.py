import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.expressions import And, Between, Comparison, Expression, NOf, Not, Operator, Or, render
from bot.domain.grammar import ExpressionError, parse

A, B, C = (Comparison(name, Operator.AT_LEAST, 1) for name in "abc")


def failure(text: str, known: list[str] | None = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text, known)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("a", A),
        ("A >= 1", A),
        ("a>=3", Comparison("a", Operator.AT_LEAST, 3)),
        ("a > 3", Comparison("a", Operator.MORE, 3)),
        ("a <= 3", Comparison("a", Operator.AT_MOST, 3)),
        ("a < 3", Comparison("a", Operator.LESS, 3)),
        ("a == 0", Comparison("a", Operator.EXACTLY, 0)),
        ("a != 1000000000000", Comparison("a", Operator.OTHER, 10**12)),
        ("a BETWEEN 1 And 4 and b", And((Between("a", 1, 4), B))),
        ("a or b and not c", Or((A, And((B, Not(C)))))),
        ("(a or b)and(c)", And((Or((A, B)), C))),
        ("not a >= 2", Not(Comparison("a", Operator.AT_LEAST, 2))),
        ("2 OF (a, b or c, 1 of (c))", NOf(2, (A, Or((B, C)), NOf(1, (C,))))),
        ("2of(a,b)", NOf(2, (A, B))),
        ("\n a\u00a0\tand\r\n b ", And((A, B))),
        ("((((((((((((((((((((a))))))))))))))))))))", A),
    ],
)
def test_an_expression_is_read(text: str, expression: Expression) -> None:
    assert parse(text, None) == expression


@pytest.mark.parametrize("name", ["android", "or_else", "not-a", "offer", "between1", "and_"])
def test_a_name_may_begin_with_a_word_of_the_language(name: str) -> None:
    assert parse(name, None) == Comparison(name, Operator.AT_LEAST, 1)


def test_an_error_points_at_its_column() -> None:
    assert str(failure("friends >= 3 and => 2")).split("\n") == [
        "Column 18: found “=>”, expected a collection's name, “not”, “2 of (…)” or “(”",
        "friends >= 3 and => 2",
        "                 ^",
        "Write >= for “at least”.",
    ]


def test_a_long_expression_is_shown_around_its_mistake() -> None:
    text = " and ".join(["friends"] * 40) + " and and " + " and ".join(["friends"] * 20)
    error = failure(text)
    line, caret = error.excerpt.split("\n")
    assert len(line) <= 62
    assert line[caret.index("^") :].startswith("and friends")
    assert text[error.column - 1 :].startswith("and friends")


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("", 1, "For example: friends >= 3"),
        (" \n ", 1, "For example: friends >= 3"),
        ("a = 3", 3, "Write == for “exactly”"),
        ("a =< 3", 3, "Write <= for “at most”"),
        ("a ≥ 3", 3, "Write >= for “at least”"),
        ("a ≤ 3", 3, "Write <= for “at most”"),
        ("a ≠ 3", 3, "Write != for “not exactly”"),
        ("a <> 3", 4, "written without spaces"),
        ("a > = 3", 5, "without a space"),
        ("a === 3", 5, "Two signs run together"),
        ("a && b", 3, "Write and."),
        ("a || b", 3, "Write or."),
        ("!a", 1, "Write not."),
        ("[a]", 1, "round brackets"),
        ("a >= -1", 6, "have no sign"),
        ("a >= 1.5", 7, "without a point"),
        ("a >= 1,000", 7, "without separators"),
        ("'a'", 1, "without quotation marks"),
        ("<@&123>", 1, "plain name"),
        ("@holder", 1, "plain name of a collection"),
        ("a\u200b", 2, "invisible character"),
        ("og card", 4, "no spaces in it"),
        ("friends 3", 9, "Say how to compare"),
        ("3 friends", 3, "Put the name first"),
        ("3friends", 2, "begins with a letter"),
        ("3 <= a", 3, "Put the name first"),
        ("a >= 1 <= 4", 8, "friends between 1 and 4"),
        ("a between 1 to 4", 13, "friends between 1 and 4"),
        ("a between 1-4", 12, "friends between 1 and 4"),
        ("a between 4 and 1", 11, "between 1 and 4"),
        ("any of (a, b)", 5, "1 of (a, b) means any"),
        ("2 of a, b", 6, "Put the list in brackets"),
        ("(a or b) >= 2", 10, "count of a single collection"),
        ("(a or (b)", 10, "is not closed"),
        ("a or b)", 7, "No “(” belongs"),
        ("()", 2, "empty"),
        ("a, b", 2, "Commas only separate"),
        ("a not b", 3, "stands before a condition"),
        ("0 of (a, b)", 1, "from 1 to 2"),
        ("3 of (a, b)", 1, "from 1 to 2"),
        ("2 of (a)", 1, "Write 1, or add parts"),
    ],
)
def test_a_common_mistake_gets_a_hint(text: str, column: int, hint: str) -> None:
    error = failure(text)
    assert error.column == column
    assert hint in error.hint
    assert hint in str(error)


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("a and", 6, "found the end, expected a collection's name, “not”, “2 of (…)” or “(”"),
        ("a >=", 5, "found the end, expected a number"),
        ("2", 2, "found the end, expected “of”"),
        ("a and or b", 7, "found “or”, expected a collection's name"),
        ("2 of (a", 8, "expected a comparison such as “>= 3”, “between”, “and”, “or”, “,” or “)”"),
    ],
)
def test_an_error_says_what_was_found_and_what_was_expected(text: str, column: int, problem: str) -> None:
    error = failure(text)
    assert (error.column, problem in error.problem) == (column, True), str(error)


def test_the_first_of_two_mistakes_is_shown() -> None:
    assert failure("a b && c").column == 3


def test_an_unknown_name_gets_the_closest_known_one() -> None:
    error = failure("og_card and freinds >= 3", ["Friends", "og_card"])
    assert error.column == 13
    assert error.problem == "there is no collection “freinds”"
    assert error.hint == "Did you mean “friends”?\nKnown: friends, og_card"


def test_the_list_of_known_names_is_bounded() -> None:
    assert failure("zzz", [f"c{number:02}" for number in range(100)]).hint.endswith("c13, c14 and 85 more")


def test_a_server_without_collections_is_told_so() -> None:
    assert "no collections yet" in failure("friends", []).hint


def test_known_names_are_found_in_any_case() -> None:
    assert parse("FRIENDS", ["Friends"]) == Comparison("friends", Operator.AT_LEAST, 1)


def test_a_condition_that_everybody_meets_is_refused() -> None:
    error = failure("a and friends >= 0")
    assert error.column == 7
    assert "true for everybody" in error.problem
    assert error.hint.endswith("friends >= 1")


def test_a_condition_that_nobody_meets_is_refused() -> None:
    error = failure("friends < 0")
    assert error.column == 1
    assert "can never be true" in error.problem
    assert error.hint.endswith("not friends")


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("(" * 10_000, 1_001, "too long: 10,000 characters"),
        ("(" * 900, 21, "nested more than 20 deep"),
        ("(" * 21 + "a" + ")" * 21, 21, "nested more than 20 deep"),
        ("not " * 200 + "a", 81, "nested more than 20 deep"),
        ("1 of (not " * 11 + "a" + ")" * 11, 106, "nested more than 20 deep"),
        (" or ".join("a" * 101), 501, "more than 100 conditions"),
        ("or ".join(["a "] * 101), 501, "more than 100 conditions"),
        ("1 of (" + ", ".join("a" * 26) + ")", 1, "26 parts, and 25 are allowed"),
        ("a and " + "b" * 33, 7, "at most 32 characters, and this one has 33"),
        ("a >= 1000000000001", 6, "the number is too large"),
        ("9" * 900 + " of (a)", 1, "the number is too large"),
        ("or".join([f"({'a' * 25}>1)"] * 32), 991, "written out with spaces"),
    ],
)
def test_a_limit_is_explained(text: str, column: int, problem: str) -> None:
    error = failure(text)
    assert (error.column, problem in str(error)) == (column, True), str(error)


def test_the_limits_themselves_are_allowed() -> None:
    assert isinstance(parse("not " * 20 + "a", None), Not)
    assert parse("1 of (" + ", ".join("a" * 25) + ")", None) == NOf(1, (A,) * 25)
    assert parse("or ".join(["a "] * 100), None) == Or((A,) * 100)
    assert parse("a" * 32, None) == Comparison("a" * 32, Operator.AT_LEAST, 1)


WORDS = ("a", "og_card", "and", "or", "not", "of", "between", "(", ")", ",", ">=", "<", "==", "!=", "=", "&&", "≥")
garbage = st.text() | st.lists(st.sampled_from((*WORDS, "0", "2", "7", "`", "\n", "\u202e", "é"))).map(" ".join)


def outcome(text: str, known: list[str] | None) -> Expression | ExpressionError:
    try:
        return parse(text, known)
    except ExpressionError as error:
        return error


def fits_a_code_block(error: ExpressionError) -> bool:
    return "`" not in str(error) and str(error).replace("\n", "").isprintable()


@given(garbage)
def test_any_text_is_read_or_refused_with_a_column_inside_it(text: str) -> None:
    result = outcome(text, None)
    if isinstance(result, ExpressionError):
        assert 1 <= result.column <= len(text) + 1
        assert fits_a_code_block(result)
    else:
        assert parse(render(result), None) == result


@given(garbage, st.lists(st.text(max_size=40)))
def test_any_names_may_be_known(text: str, known: list[str]) -> None:
    result = outcome(text, known)
    assert not isinstance(result, ExpressionError) or 1 <= result.column <= len(text) + 1
