"""A sweep that lets people go first."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.services.courtesy import CROWD, READINGS_PER_SECOND, Courtesy


@dataclass
class Watch:
    time: float = 100.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def courtesy(watch: Watch) -> Courtesy:
    return Courtesy(watch.monotonic, watch.sleep)


def come(courtesy: Courtesy, people: int) -> None:
    for _ in range(people):
        courtesy.came()


async def test_a_few_people_slow_nothing_down(courtesy: Courtesy, watch: Watch) -> None:
    come(courtesy, CROWD - 1)
    await courtesy.give_way()
    assert (watch.slept, courtesy.bite(250), courtesy.gather(0.2, 250)) == ([], 250, 0.2)


async def test_while_there_are_many_wallets_are_read_slowly_however_many_readers_there_are(
    courtesy: Courtesy, watch: Watch
) -> None:
    come(courtesy, CROWD)
    began = watch.time
    await asyncio.gather(*(courtesy.give_way() for _ in range(10)))
    assert watch.time - began == pytest.approx(10 / READINGS_PER_SECOND)


def test_meanwhile_the_pieces_are_small(courtesy: Courtesy) -> None:
    come(courtesy, CROWD)
    assert (courtesy.bite(250), courtesy.bite(3), courtesy.gather(0.2, 250)) == (25, 1, 0.5)


async def test_the_sweep_goes_on_at_full_speed_once_they_pause(courtesy: Courtesy, watch: Watch) -> None:
    come(courtesy, 3 * CROWD)
    watch.time += 1.0
    await courtesy.give_way()
    assert (watch.slept, courtesy.bite(250)) == ([], 250)
