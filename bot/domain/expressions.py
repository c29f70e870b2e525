"""What a rule asks for: conditions on how many assets of each collection a member holds, joined by and, or, not.

The tree is canonical: `And` never directly holds an `And`, nor `Or` an `Or`, so that one meaning has one printed form
and `grammar.parse(render(expression))` gives an equal tree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.errors import UserError
from bot.domain.intervals import Interval

RESERVED: Final = frozenset({"and", "or", "not", "of", "between"})
"""Words of the grammar, which no collection can be called."""
NAME_MAX: Final = 32
NUMBER_MAX: Final = 10**12
PARTS_MAX: Final = 25
"""How many conditions one `n of (…)` may list."""

_NAME = re.compile(r"[a-z_][a-z0-9_-]*", re.ASCII)


class Operator(StrEnum):
    """How a count is compared."""

    AT_LEAST = ">="
    MORE = ">"
    AT_MOST = "<="
    LESS = "<"
    EXACTLY = "=="
    OTHER = "!="


@dataclass(frozen=True, slots=True)
class Comparison:
    """The count of one collection against a number."""

    name: str
    operator: Operator
    number: int

    def __post_init__(self) -> None:
        _check_leaf(self.name, self.number)

    @property
    def condition(self) -> str:
        """The comparison without the name: `>= 3`."""
        return f"{self.operator} {self.number}"


@dataclass(frozen=True, slots=True)
class Between:
    """The count of one collection inside a range, both ends included."""

    name: str
    low: int
    high: int

    def __post_init__(self) -> None:
        _check_leaf(self.name, self.low, self.high)
        if self.low > self.high:
            raise ValueError(f"no number lies between {self.low} and {self.high}")

    @property
    def condition(self) -> str:
        """The comparison without the name: `between 1 and 4`."""
        return f"between {self.low} and {self.high}"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more conditions."""

    parts: tuple["Expression", ...]

    def __post_init__(self) -> None:
        flat = (inner for part in self.parts for inner in (part.parts if isinstance(part, And) else (part,)))
        object.__setattr__(self, "parts", tuple(flat))
        _check_parts(self.parts, least=2)


@dataclass(frozen=True, slots=True)
class Or:
    """One or more of two or more conditions."""

    parts: tuple["Expression", ...]

    def __post_init__(self) -> None:
        flat = (inner for part in self.parts for inner in (part.parts if isinstance(part, Or) else (part,)))
        object.__setattr__(self, "parts", tuple(flat))
        _check_parts(self.parts, least=2)


@dataclass(frozen=True, slots=True)
class NOf:
    """At least `needed` of the conditions."""

    needed: int
    parts: tuple["Expression", ...]

    def __post_init__(self) -> None:
        _check_parts(self.parts, least=1)
        if len(self.parts) > PARTS_MAX or not 1 <= self.needed <= len(self.parts):
            raise ValueError(f"{self.needed} of {len(self.parts)} conditions cannot be asked for")


Leaf = Comparison | Between
Expression = Leaf | Not | And | Or | NOf


def check_name(text: str) -> str:
    """Return the canonical spelling of a collection's name: upper and lower case are the same name.

    Raise `UserError` for a text that cannot be a name in a rule expression.
    """
    name = text.strip().lower()
    if not name:
        raise UserError("A collection needs a name, such as friends or og_card.")
    if len(name) > NAME_MAX:
        raise UserError(f"A collection's name has at most {NAME_MAX} characters, and this one has {len(name)}.")
    if not _NAME.fullmatch(name):
        raise UserError(
            "A collection's name is made of the letters a to z, digits, _ and -, and begins with a letter or _,"
            " so that rules can name it. For example: friends or og_card."
        )
    if name in RESERVED:
        raise UserError(f"“{name}” is a word of the rule language. Choose another name, such as {name}_set.")
    return name


def leaves(expression: Expression) -> Iterator[Leaf]:
    """Yield the conditions on counts, from left to right."""
    match expression:
        case Comparison() | Between():
            yield expression
        case Not(part):
            yield from leaves(part)
        case And(parts) | Or(parts) | NOf(_, parts):
            for part in parts:
                yield from leaves(part)


def names(expression: Expression) -> tuple[str, ...]:
    """Return the collections that an expression speaks of, each once, in the order of their first appearance."""
    return tuple(dict.fromkeys(leaf.name for leaf in leaves(expression)))


def accepted(leaf: Leaf) -> Interval | None:
    """Return the counts that fulfil a condition, or None when no count can.

    `!=` accepts no single range: for it, the answer is the range that it refuses.
    """
    if isinstance(leaf, Between):
        return Interval(leaf.low, leaf.high)
    number = leaf.number
    match leaf.operator:
        case Operator.AT_LEAST:
            return Interval(number, None)
        case Operator.MORE:
            return Interval(number + 1, None)
        case Operator.AT_MOST:
            return Interval(0, number)
        case Operator.LESS:
            return Interval(0, number - 1) if number else None
        case Operator.EXACTLY | Operator.OTHER:
            return Interval.exact(number)


def render(expression: Expression) -> str:
    """Print an expression in its one canonical form, with no bracket that could be left out."""
    match expression:
        case Comparison(name, Operator.AT_LEAST, 1):
            return name
        case Comparison(name) | Between(name):
            return f"{name} {expression.condition}"
        case Not(part):
            return f"not {_within(part, (And, Or))}"
        case And(parts):
            return " and ".join(_within(part, (Or,)) for part in parts)
        case Or(parts):
            return " or ".join(render(part) for part in parts)
        case NOf(needed, parts):
            return f"{needed} of ({', '.join(render(part) for part in parts)})"


def _within(part: Expression, bracketed: tuple[type[And] | type[Or], ...]) -> str:
    text = render(part)
    return f"({text})" if isinstance(part, bracketed) else text


def _check_leaf(name: str, *numbers: int) -> None:
    if not _NAME.fullmatch(name) or len(name) > NAME_MAX or name in RESERVED:
        raise ValueError(f"{name!r} is not a canonical name")
    if not all(0 <= number <= NUMBER_MAX for number in numbers):
        raise ValueError(f"{numbers} is out of range")


def _check_parts(parts: tuple[Expression, ...], *, least: int) -> None:
    if len(parts) < least:
        raise ValueError(f"needs {least} conditions or more")
