"""One random schedule as hypothesis plays it: one thing after the other happens, and the witness looks on."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from random import Random
from typing import ClassVar, TypeVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.fuzz.bench import NO_BRAKE, Bench, Ways
from tests.fuzz.chance import weighted
from tests.fuzz.settling import check, settle
from tests.fuzz.steps import STEPS, Steps
from tests.fuzz.town import Town

Result = TypeVar("Result")
_SEEDS = st.integers(0, 2**32 - 1)


class World:
    """What all schedules of a run share: a bench, and the loop that everything on it runs on."""

    def __init__(self, runner: asyncio.Runner, bench: Bench) -> None:
        self.runner = runner
        self.bench = bench
        self.played = 0
        """How many schedules were begun."""

    def do(self, what: Coroutine[object, object, Result]) -> Result:
        """Let something happen, to its end."""
        return self.runner.run(what)


class Schedule(RuleBasedStateMachine):
    """A town in which things happen; at the end all trouble stops, and everything must be right."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self._town: Town | None = None
        self._is_sound = True
        self._used: Counter[int] = Counter()

    @initialize(seed=_SEEDS)
    def begin(self, seed: int) -> None:
        """Servers, people, rules and wallets."""
        self.world.played += 1
        rng = Random(seed)
        self._seed = seed
        servers, users, roles = rng.choice([1, 1, 1, 1, 2]), rng.choice([2, 2, 3]), rng.choice([2, 3])
        brake, canary = rng.choice([NO_BRAKE, NO_BRAKE, 1, 0]), rng.choice([False, True])
        ways = Ways(members_intent=rng.choice([True, True, False]), passes=rng.choice([True, False]))
        self._town = Town(self.world.bench, servers, users, roles, brake, canary=canary, ways=ways)
        self._all_steps = Steps(self._town, rng)
        self._take(self._town.open())
        self._take(self._all_steps.begin())

    def _take(self, step: Coroutine[object, object, str | None]) -> None:
        """Take a step. Whatever happens, no role may have changed without evidence."""
        assert self._town is not None
        try:
            line = self.world.do(step)
            if line is not None:
                note(f"  - {line}")
            _judge(self._town.witness.violations)
        except BaseException:
            self._is_sound = False
            raise

    def teardown(self) -> None:
        """In the end everything is right."""
        if self._town is None:
            return
        try:
            if self._is_sound:
                self.world.do(self._settle(self._town))
        finally:
            self.world.do(self._town.close())
            self.world.bench.clear_traffic()

    async def _settle(self, town: Town) -> None:
        await settle(town)
        _judge(town.witness.violations)
        _judge(await check(town))
        _judge(town.witness.violations)

    @rule(seed=_SEEDS)
    def step(self, seed: int) -> None:
        """Something happens.

        A step that is left when hypothesis makes a schedule smaller stays what it was. Hypothesis loves small numbers
        and repetition: a seed that comes again means something else, lest all steps be the same.
        """
        self._used[seed] += 1
        rng = Random(f"{self._seed} {seed} {self._used[seed]}")
        self._all_steps.rng = rng
        name = weighted(rng, list(STEPS.items()))
        self._take(getattr(self._all_steps, name)())


def _judge(violations: Sequence[str]) -> None:
    if violations:
        raise AssertionError("\n".join(violations))
