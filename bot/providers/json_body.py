"""JSON that is taken at its word or not at all."""

import asyncio
import json

import pydantic_core

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
"""Whatever JSON can say."""

_ON_LOOP_BYTES = 64 * 1024
"""Bodies up to this size parse in well under a millisecond; larger ones go to a thread."""

_SURELY_SHALLOW = 100
"""So many brackets cannot nest too deeply, however they are arranged."""

_TOO_BIG = 1 << 256
_MOST_DIGITS = len(str(_TOO_BIG))


class NotJsonError(ValueError):
    """The body is not JSON, or not JSON with one meaning."""


async def parse(body: bytes) -> JsonValue:
    """Parse a body without holding up the loop; raise `NotJsonError`."""
    if len(body) <= _ON_LOOP_BYTES:
        return parse_now(body)
    return await asyncio.to_thread(parse_now, body)


def parse_now(body: bytes) -> JsonValue:
    """Parse UTF-8 JSON; raise `NotJsonError`.

    Refused besides syntax errors: a key that comes twice in one object (parsers disagree which one counts), NaN and
    infinities (not JSON), and nesting or numbers beyond what the interpreter takes.
    """
    try:
        # It refuses deep nesting by a limit of its own. The interpreter's limit is no protection: it can be raised
        # by anybody in the process, and then a thread's stack ends before it.
        text = body.decode("utf-8-sig")
        if body.count(b"[") + body.count(b"{") > _SURELY_SHALLOW:
            pydantic_core.from_json(text, allow_inf_nan=False)
        value: JsonValue = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(type(error).__name__) from None
    return value


def whole_number(value: JsonValue) -> int | None:
    """Read a non-negative integer written as a number or as decimal digits; None for anything else.

    `True`, `1.0`, `"1e3"`, `"-1"` and `" 1"` are not amounts. Neither is anything above 256 bits.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < _TOO_BIG else None


def _without_doubles(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    object_ = dict(pairs)
    if len(object_) != len(pairs):
        raise ValueError("a key comes twice")
    return object_


def _no_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is not JSON")
