from collections.abc import Iterator
from itertools import product

import pytest

from bot.domain.truth import Truth, at_least, every, some

POSSIBLE = {Truth.YES: (True,), Truth.NO: (False,), Truth.UNKNOWN: (True, False)}
TRIPLES = list(product(Truth, repeat=3))


def settled(answers: Iterator[bool]) -> Truth:
    """The answer that all possible worlds agree on."""
    seen = set(answers)
    return Truth.UNKNOWN if len(seen) == 2 else Truth.of(seen.pop())


@pytest.mark.parametrize("truths", TRIPLES)
def test_every_some_and_at_least_answer_what_all_possible_worlds_agree_on(truths: tuple[Truth, ...]) -> None:
    worlds = list(product(*(POSSIBLE[truth] for truth in truths)))
    assert every(truths) is settled(all(world) for world in worlds)
    assert some(truths) is settled(any(world) for world in worlds)
    for needed in range(5):
        assert at_least(needed, truths) is settled(sum(world) >= needed for world in worlds)


def test_the_opposite_of_unknown_is_unknown() -> None:
    assert Truth.YES.negated() is Truth.NO
    assert Truth.NO.negated() is Truth.YES
    assert Truth.UNKNOWN.negated() is Truth.UNKNOWN
