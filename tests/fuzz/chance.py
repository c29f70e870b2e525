"""Choices in a schedule."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


def happens(rng: Random, percent: int) -> bool:
    """Whether something happens that happens in so many of a hundred cases."""
    return rng.randint(1, 100) > 100 - percent


def weighted(rng: Random, things: Sequence[tuple[Thing, int]]) -> Thing:
    """One of several things, each as often as its weight says."""
    left = rng.randint(1, sum(weight for _, weight in things))
    for thing, weight in things:
        left -= weight
        if left <= 0:
            return thing
    raise AssertionError("the weights do not add up")
