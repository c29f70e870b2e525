"""`kill -9` in the middle of a sweep, and a restart: the roles end up as if nothing had happened."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import discord
import pytest

from tests.crash.scene import BEFORE_AND_AFTER, MEMBERS, Point, Scene

KILLS = 10
_FURTHEST = {Point.READING: 30, Point.APPLIED: 3, Point.ASKED: 1, Point.ANSWERED: 12}


@pytest.fixture(autouse=True)
def _own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)


def _deserved() -> Mapping[str, frozenset[str]]:
    after = [BEFORE_AND_AFTER[number % len(BEFORE_AND_AFTER)][1] for number in range(MEMBERS)]
    return {
        f"member {number}": frozenset(name for name, least in (("Two", 2), ("Three", 3)) if friends >= least)
        for number, friends in enumerate(after)
    }


async def test_an_undisturbed_sweep_gives_everybody_what_they_deserve(tmp_path: Path) -> None:
    async with Scene(tmp_path) as scene:
        assert not await scene.run()
        await scene.come_to_rest()

        assert scene.roles() == _deserved()
        assert scene.ledger() == scene.roles()
        assert scene.journal() == scene.changes()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
async def test_killed_sweeps_end_with_the_same_roles(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    async with Scene(tmp_path) as scene:
        killed = 0
        while killed < KILLS:
            point = rng.choice(list(Point))
            if not await scene.run(point, rng.randint(1, _FURTHEST[point])):
                # Everything was written already, or few calls told what all wallets hold; one there is always.
                assert await scene.run(Point.READING, 1)
            killed += 1
        assert not await scene.run()
        await scene.come_to_rest()

        assert scene.roles() == _deserved()
        assert scene.ledger() == scene.roles()
        assert scene.journal() == scene.changes()
        assert set(scene.changes().values()) == {1}, "a role went back and forth"


@pytest.mark.timeout(300)
async def test_a_killed_bot_goes_on_where_it_was(tmp_path: Path) -> None:
    """Not a sweep by the command line but the bot itself, with its clock and its connection to Discord."""
    async with Scene(tmp_path) as scene:
        await scene.ask_for_a_sweep()

        def is_done() -> bool:
            return scene.roles() == _deserved()

        for point, number in ((Point.READING, 4), (Point.APPLIED, 2), (Point.ASKED, 1), (Point.APPLIED, 5)):
            assert not await scene.serve(point, number, is_done), "it was not killed in the middle"
        assert await scene.serve(Point.READING, 1_000, is_done)
        await scene.come_to_rest()

        assert scene.roles() == _deserved()
        assert scene.ledger() == scene.roles()
        assert scene.journal() == scene.changes()
        assert set(scene.changes().values()) == {1}, "a role went back and forth"
