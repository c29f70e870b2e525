"""`holdfast sweep --once`, with a terminal and without one, to its end and cut short."""

import asyncio
import io
import os
import signal
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from rich.console import Console

from bot import hosting
from bot.sandbox.balances import Fault
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from bot.services.sweeping import SweepTally
from bot.store.engine import create_engine
from bot.store.store import SqlStore
from bot.sweep_terminal import EXIT_INTERRUPTED, EXIT_UNKNOWN, State, shown_on
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE = ChiaTestWallet.from_seed("alice")
LOIS = EthereumTestWallet.from_seed("lois")


@pytest.fixture
def settings() -> Mapping[str, str]:
    """Wallets are as good as never due by themselves."""
    return {"HOLDFAST_SWEEP__INTERVAL": "200d", "HOLDFAST_SWEEP__STALE_AFTER": "300d"}


def state(seconds: int, read: int = 12) -> State:
    return State(SweepTally(read, 3, 4, 5), 40, 14, timedelta(seconds=seconds))


async def due_times(server: Server) -> list[datetime]:
    engine = create_engine(server.stage.settings.database.url.get_secret_value())
    try:
        async with SqlStore(engine).unit() as unit:
            wallets = [await unit.wallets.get(number) for number in (1, 2)]
    finally:
        await engine.dispose()
    return [wallet.due_at for wallet in wallets if wallet is not None]


async def linked(server: Server) -> None:
    alice = server.joined("alice")
    server.hand(ALICE, friend(1))
    await server.link(alice, ALICE)
    await server.link(alice, LOIS)
    await server.stage.stop_bot()


async def test_it_says_what_it_did(server: Server, clock: LeapClock, capsys: pytest.CaptureFixture[str]) -> None:
    await linked(server)
    server.balances_of(LOIS).fail(Fault.UNAVAILABLE, times=None)
    assert await hosting.sweep(server.stage.settings, clock, once=True) == EXIT_UNKNOWN
    printed = capsys.readouterr().out
    assert "2 wallets checked, 1 of them unknown, with " in printed
    assert "with 0 calls" not in printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
async def test_a_signal_ends_it_in_order(
    server: Server, clock: LeapClock, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    await linked(server)
    before = await due_times(server)
    for wallet in (ALICE, LOIS):
        server.balances_of(wallet).fail(Fault.HANG, times=None)
    sweep = asyncio.create_task(hosting.sweep(server.stage.settings, clock, once=True))

    async def is_under_way() -> bool:
        return max(await due_times(server)) <= clock.now()

    await eventually(is_under_way)
    os.kill(os.getpid(), number)

    assert await sweep == EXIT_INTERRUPTED
    printed = capsys.readouterr().out
    assert "Cancelled: 0 of 2 wallets read" in printed
    assert "Nothing is lost" in printed
    assert await due_times(server) == before


def test_a_terminal_has_a_bar_with_all_that_matters() -> None:
    screen = io.StringIO()
    with shown_on(Console(file=screen, force_terminal=True, width=150)) as shown:
        shown.show(state(60))
    text = screen.getvalue()
    assert "12/40" in text
    assert "3 unknown, 4 members reconciled, 5 roles changed, 14 calls, about 2m20s left" in text


def test_without_a_terminal_there_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_on(Console(file=io.StringIO())) as shown:
        for seconds in (0, 14, 15, 20, 29, 31):
            shown.show(state(seconds))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("12 of 40 wallets read: 3 unknown")


@pytest.mark.parametrize("read", [0, 9, 40])
def test_how_long_it_takes_is_said_only_where_that_can_be_told(read: int) -> None:
    assert "left" not in state(60, read).line()
