"""JSON that is taken at its word or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.json_body import NotJsonError, parse, parse_now, whole_number

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(values)
def test_what_was_written_is_read(value: object) -> None:
    assert parse_now(json.dumps(value).encode()) == value


@given(st.binary(max_size=40))
def test_anything_else_is_refused_and_nothing_else_is_raised(body: bytes) -> None:
    try:
        parse_now(body)
    except NotJsonError:
        return
    json.loads(body.decode("utf-8-sig"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"NaN",
        b"[Infinity]",
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'[{"x": {"a": 1, "\\u0061": 2}}]',
        b"\xff",
        b"[" * 200_000,
        b"1" * 5_000,
        b"{} {}",
        '{"a": 1}'.encode("utf-16"),
    ],
    ids=["nothing", "nan", "inf", "-inf", "double", "escaped double", "not utf-8", "deep", "long", "two", "utf-16"],
)
async def test_json_without_one_plain_meaning_is_refused(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        await parse(body)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert parse_now(b"\xef\xbb\xbf[]") == []


@given(st.integers(0, 2**256 - 1))
def test_amounts_are_read_from_numbers_and_from_digits(amount: int) -> None:
    assert whole_number(amount) == whole_number(str(amount)) == amount


@pytest.mark.parametrize(
    "odd", [None, True, False, 1.0, -1, "", "-1", "+1", "1e3", "0x1", " 1", "²", "١", [], {}, 2**256]
)
def test_anything_else_is_no_amount(odd: bool | float | str | None) -> None:
    assert whole_number(odd) is None
