"""Names for JSON as it is read and written here.

The containers are the read-only abstract ones, because those are covariant: a `dict[str, str]` is a `JsonObject`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, Union

Json: TypeAlias = Union[bool, int, float, str, "Sequence[Json]", "Mapping[str, Json]", None]
JsonObject: TypeAlias = Mapping[str, Json]


def parse(text: str | bytes) -> Json:
    """Read JSON text. Raises ValueError when it is none."""
    value: Json = json.loads(text)
    return value


def dump(value: Json) -> str:
    """Write compact JSON text."""
    return json.dumps(value, separators=(",", ":"))


def as_object(value: Json) -> JsonObject:
    """The value when it is an object, else an empty object."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Json) -> Sequence[Json]:
    """The value when it is an array, else an empty array."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def as_text(value: Json) -> str:
    """The value when it is a string, else an empty string."""
    return value if isinstance(value, str) else ""


def as_int(value: Json) -> int | None:
    """The value as an integer when it is one, or a string of digits (as Discord writes ids), else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return None
