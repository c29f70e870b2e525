"""Random schedules of actions and faults, found, made smaller and told by hypothesis.

Whatever happens, no role changes without evidence, and in the end everything is right. `FUZZ_SCHEDULES` says how many
schedules are played, in runs of a seed each; `FUZZ_SEED` plays one run again, `FUZZ_FROM` is the first seed. Runs that
have not begun at `FUZZ_UNTIL` (seconds since 1970) are skipped.
"""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.bench import bench
from tests.fuzz.schedule import Schedule, World

_RUN = 50
"""Schedules in a run."""
_STEPS = 8
"""Steps of a schedule, at most."""
_KEPT = Path(__file__).with_name("seeds.txt")


def _runs() -> list[tuple[int, int]]:
    """The seed and the number of schedules of each run."""
    if (one := os.environ.get("FUZZ_SEED")) is not None:
        return [(int(one), _RUN)]
    left, first = int(os.environ.get("FUZZ_SCHEDULES", "200")), int(os.environ.get("FUZZ_FROM", "0"))
    kept = [int(line) for line in _KEPT.read_text().splitlines() if line and not line.startswith("#")]
    new = [number for number in range(first, first + -(-left // _RUN)) if number not in kept]
    runs = []
    for number in (kept + new)[: -(-left // _RUN)]:
        runs.append((number, min(left, _RUN)))
        left -= _RUN
    return runs


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("number", "schedules"), _runs(), ids=lambda value: str(value))
def test_roles_follow_the_evidence_and_nothing_else(
    number: int, schedules: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if time.time() > float(os.environ.get("FUZZ_UNTIL", "inf")):
        pytest.skip("the time for random schedules is up")
    play(number, schedules, tmp_path, monkeypatch)


def play(number: int, schedules: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Play a run of schedules. The seed says which; a schedule that fails is made smaller, and told step by step."""
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        shared = runner.run(stack.enter_async_context(bench(folder, monkeypatch)))
        try:
            run = type("Schedule", (Schedule,), {"world": World(runner, shared)})
            run_state_machine_as_test(
                seed(number)(run),
                settings=settings(
                    max_examples=schedules,
                    stateful_step_count=_STEPS,
                    phases=(Phase.generate, Phase.shrink),
                    deadline=None,
                    database=None,
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())
