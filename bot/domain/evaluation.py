"""Does a member fulfil a rule's expression? Answered from intervals, so that missing evidence stays visible.

Knowing more never turns a yes into a no or back; it only settles what was unknown. Exact counts settle everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import truth
from bot.domain.expressions import (
    And,
    Between,
    Comparison,
    Expression,
    Leaf,
    NOf,
    Not,
    Operator,
    Or,
    accepted,
)
from bot.domain.intervals import UNKNOWN, Interval
from bot.domain.truth import Truth


class GroupKind(StrEnum):
    """How the parts of a group make up its truth."""

    NOT = "not"
    ALL = "all"
    ANY = "any"
    SOME = "some"
    """A given number of them."""


@dataclass(frozen=True, slots=True)
class LeafResult:
    """One condition and what came of it."""

    name: str
    condition: str
    """The comparison in words of the grammar, also where the expression has a bare name: `>= 1`."""
    count: Interval
    truth: Truth


@dataclass(frozen=True, slots=True)
class GroupResult:
    """Conditions that belong together and what came of them."""

    kind: GroupKind
    needed: int
    """How many parts must be true; 0 for `NOT`, whose one part must not be."""
    parts: tuple["Explanation", ...]
    truth: Truth


Explanation = LeafResult | GroupResult


def explain(expression: Expression, counts: Mapping[str, Interval]) -> Explanation:
    """Evaluate an expression and keep what each part of it came to. A name without a count is wholly unknown."""
    match expression:
        case Comparison(name) | Between(name):
            count = counts.get(name, UNKNOWN)
            return LeafResult(name, expression.condition, count, _holds(expression, count))
        case Not(part):
            inner = explain(part, counts)
            return GroupResult(GroupKind.NOT, 0, (inner,), inner.truth.negated())
        case And(parts):
            return _group(GroupKind.ALL, len(parts), parts, counts)
        case Or(parts):
            return _group(GroupKind.ANY, 1, parts, counts)
        case NOf(needed, parts):
            return _group(GroupKind.SOME, needed, parts, counts)


def evaluate(expression: Expression, counts: Mapping[str, Interval]) -> Truth:
    """Tell whether counts fulfil an expression. A name without a count is wholly unknown."""
    match expression:
        case Comparison(name) | Between(name):
            return _holds(expression, counts.get(name, UNKNOWN))
        case Not(part):
            return evaluate(part, counts).negated()
        case And(parts):
            return truth.every(evaluate(part, counts) for part in parts)
        case Or(parts):
            return truth.some(evaluate(part, counts) for part in parts)
        case NOf(needed, parts):
            return truth.at_least(needed, (evaluate(part, counts) for part in parts))


def always(expression: Expression) -> Truth:
    """Tell what an expression comes to whatever anybody holds; unknown, when it depends on the holdings.

    A yes or a no is certain. Unknown is not: that `a or not a` is always true is not seen.
    """
    return evaluate(expression, {})


def _group(kind: GroupKind, needed: int, parts: tuple[Expression, ...], counts: Mapping[str, Interval]) -> GroupResult:
    results = tuple(explain(part, counts) for part in parts)
    return GroupResult(kind, needed, results, truth.at_least(needed, (result.truth for result in results)))


def _holds(leaf: Leaf, count: Interval) -> Truth:
    wanted = accepted(leaf)
    if wanted is None or count.intersection(wanted) is None:
        result = Truth.NO
    else:
        result = Truth.YES if count.within(wanted) else Truth.UNKNOWN
    if isinstance(leaf, Comparison) and leaf.operator is Operator.OTHER:
        return result.negated()
    return result
