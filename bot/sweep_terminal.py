"""How `holdfast sweep --once` is told in a terminal: a bar where there is one, otherwise a line now and then."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from bot.app import Holdfast
from bot.domain.durations import format_duration
from bot.domain.sweeps import Sweep
from bot.services.sweeping import SweepTally

EXIT_UNKNOWN: Final = 3
EXIT_INTERRUPTED: Final = 130
_EVERY: Final = timedelta(seconds=15)
"""How often a line is printed where there is no terminal."""
_SURE_AFTER: Final = 10
"""Wallets read before it is said how long the rest may take."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a sweep is."""

    tally: SweepTally
    total: int
    calls: int
    elapsed: timedelta

    @property
    def left(self) -> timedelta | None:
        """How much longer it takes at the speed so far; None while that cannot be told."""
        read = self.tally.wallets_read
        if read < _SURE_AFTER or read >= self.total:
            return None
        seconds = self.elapsed.total_seconds() * (self.total - read) / read
        return timedelta(seconds=max(round(seconds), 1))

    def details(self) -> str:
        """All but the bar."""
        left = "" if self.left is None else f", about {format_duration(self.left)} left"
        return (
            f"{self.tally.wallets_unknown} unknown, {self.tally.members} members reconciled, "
            f"{self.tally.roles_changed} roles changed, {self.calls} calls{left}"
        )

    def line(self) -> str:
        """All of it in one line."""
        return f"{self.tally.wallets_read} of {self.total} wallets read: {self.details()}"


async def sweep_once(holdfast: Holdfast) -> int:
    """Sweep everything once, show how it goes, and say how it ended. Returns the exit code.

    0, or 3 when wallets could not be read. SIGINT and SIGTERM end it early, with 130: what was not read yet goes back
    to its own time.
    """
    clock = holdfast.services.clock
    async with holdfast.store.unit() as unit:
        total = (await unit.sweeps.figures(None, clock.now())).wallets
    began_at, tally = clock.now(), SweepTally()

    def remember(now: SweepTally) -> None:
        nonlocal tally
        tally = now

    def state() -> State:
        most = max(total, tally.wallets_read)
        return State(tally, most, holdfast.calls.made, clock.now() - began_at)

    with shown_on(Console(stderr=True)) as shown:
        sweep = asyncio.ensure_future(holdfast.sweeper.run_once(everything=True, on_progress=remember))
        with _ended_by_signals(sweep):
            try:
                while not sweep.done():
                    shown.show(state())
                    await asyncio.wait({sweep}, timeout=shown.every)
            finally:
                sweep.cancel()  # where this is what was cancelled
                await asyncio.wait({sweep})
        shown.show(state())
    if sweep.cancelled():
        async with holdfast.store.unit() as unit:
            done = await unit.sweeps.progress(Sweep(0, None, None, began_at), clock.now())
        tally = replace(tally, wallets_read=done.wallets_done, wallets_unknown=done.wallets_unknown)
        print(
            f"Cancelled: {state().line()}. Nothing is lost: what was read counts, and the other wallets are read when "
            "it is their turn. Roles that still have to change are changed by the bot, or by the next sweep."
        )
        return EXIT_INTERRUPTED
    await sweep
    print(
        f"{tally.wallets_read} wallets checked, {tally.wallets_unknown} of them unknown, with {holdfast.calls.made} "
        f"calls to balance services; {tally.members} members reconciled, {tally.roles_changed} roles changed."
    )
    return EXIT_UNKNOWN if tally.wallets_unknown else 0


class Bar:
    """A bar that moves."""

    every: Final = 0.25

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID = progress.add_task("wallets", total=None, details="")

    def show(self, state: State) -> None:
        """Move it."""
        self._progress.update(
            self._task, completed=state.tally.wallets_read, total=state.total, details=state.details()
        )


class Lines:
    """Plain lines, for logs and pipes. The first and the last state are told by what is printed around them."""

    every: Final = 1.0

    def __init__(self) -> None:
        self._next_at = _EVERY

    def show(self, state: State) -> None:
        """Print a line when it is time for one."""
        if state.elapsed >= self._next_at:
            self._next_at = state.elapsed + _EVERY
            print(state.line(), file=sys.stderr, flush=True)


@contextmanager
def shown_on(console: Console) -> Iterator[Bar | Lines]:
    """Show on a terminal what a terminal can show, and lines elsewhere."""
    if not console.is_terminal:
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[details]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)


@contextmanager
def _ended_by_signals(sweep: asyncio.Future[SweepTally]) -> Iterator[None]:
    """Have the first signal end the sweep in order. The second one of Ctrl-C ends the program at once."""
    loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)

    def end() -> None:
        for number in signals:
            loop.remove_signal_handler(number)
        sweep.cancel()

    for number in signals:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
