"""Random fault schedules: whatever happens, no role changes without evidence, and in the end everything is right.

`FUZZ_SCHEDULES` says how many are run (300 by default, 1,000 in continuous integration), `FUZZ_SEED` replays one.
"""

import os
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.bench import Bench, bench
from tests.fuzz.settling import check, settle
from tests.fuzz.steps import Steps
from tests.fuzz.town import Town

_CHUNK = 25


def _chunks() -> list[range]:
    one = os.environ.get("FUZZ_SEED")
    if one is not None:
        return [range(int(one), int(one) + 1)]
    number = int(os.environ.get("FUZZ_SCHEDULES", "300"))
    return [range(first, min(first + _CHUNK, number)) for first in range(0, number, _CHUNK)]


@pytest.mark.parametrize("seeds", _chunks(), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
async def test_roles_follow_the_evidence_and_nothing_else(
    seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path, monkeypatch) as shared:
        for seed in seeds:
            await _play(shared, seed)
            shared.discord.traffic.clear()
            for stand_in in shared.balances.stand_ins:
                stand_in.requests.clear()


async def _play(shared: Bench, seed: int) -> None:
    rng = Random(seed)
    town = Town(shared, servers=rng.choice([1, 1, 1, 1, 2]), users=rng.choice([2, 2, 3]), roles=rng.choice([2, 3]))
    story: list[str] = []
    try:
        await town.open()
        steps = Steps(town, rng)
        story.append(await steps.begin())
        for _ in range(rng.randint(4, 8)):
            _judge(town, seed, story)
            story.append(await steps.take())
        _judge(town, seed, story)
        await settle(town)
        _judge(town, seed, story)
        town.witness.violations += await check(town)
        _judge(town, seed, story)
    except Exception as error:
        error.add_note(_told(seed, story))
        raise
    finally:
        await town.close()


def _judge(town: Town, seed: int, story: list[str]) -> None:
    if town.witness.violations:
        pytest.fail("\n".join([*town.witness.violations, _told(seed, story)]), pytrace=False)


def _told(seed: int, story: list[str]) -> str:
    return "\n".join([f"seed {seed} (replay with FUZZ_SEED={seed}):", *(f"  - {line}" for line in story)])
