"""Random rule expressions and counts, for the tests of everything that reads, prints or evaluates them."""

from collections.abc import Mapping

from hypothesis import strategies as st

from bot.domain.evaluation import always
from bot.domain.expressions import And, Between, Comparison, Expression, Leaf, NOf, Not, Operator, Or
from bot.domain.intervals import UNKNOWN, Interval
from bot.domain.truth import Truth

NAMES = ("a", "b", "og_card", "and-more", "_x9")


def leaves(largest: int = 4) -> st.SearchStrategy[Leaf]:
    """Conditions that depend on what somebody holds; with small numbers, so that they are often met."""
    names, numbers = st.sampled_from(NAMES), st.integers(0, largest)
    comparisons = st.builds(Comparison, names, st.sampled_from(Operator), numbers)
    ranges = st.builds(lambda name, one, other: Between(name, *sorted((one, other))), names, numbers, numbers)
    either: st.SearchStrategy[Leaf] = comparisons | ranges
    return either.filter(lambda leaf: always(leaf) is Truth.UNKNOWN)


def _groups(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    listed = st.lists(parts, min_size=1, max_size=4).map(tuple)
    some = listed.flatmap(lambda chosen: st.builds(NOf, st.integers(1, len(chosen)), st.just(chosen)))
    return st.builds(Not, parts) | st.builds(And, several) | st.builds(Or, several) | some


def expressions(largest: int = 4) -> st.SearchStrategy[Expression]:
    """Expressions within the limits of what can be written."""
    return st.recursive(leaves(largest), _groups, max_leaves=12)


def intervals(largest: int = 5) -> st.SearchStrategy[Interval]:
    """What may be known of a count: all of it, a part, or nothing."""
    low = st.integers(0, largest)
    known = low.map(Interval.exact)
    bounded = st.tuples(low, low).map(lambda ends: Interval(min(ends), max(ends)))
    return known | bounded | low.map(lambda number: Interval(number, None)) | st.just(UNKNOWN)


def knowledge(of: st.SearchStrategy[Interval] | None = None) -> st.SearchStrategy[Mapping[str, Interval]]:
    """What is known of every collection."""
    return st.fixed_dictionaries({name: intervals() if of is None else of for name in NAMES})
