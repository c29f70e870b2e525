"""The processes of compose.yaml, started as it says, between a sandbox Discord and stand-in balance services."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.demo.stage import Stage
from bot.providers.clock import SystemClock
from bot.sandbox.discord import SandboxDiscord
from bot.sandbox.wallets import ChiaTestWallet
from tests.compose.processes import Machine, Running, machine_in
from tests.compose.reading import EXAMPLE, Service, read_compose, read_dotenv
from tests.e2e.acting import Server, eventually, friend
from tests.postgres import Postgres
from tests.web.acting import Site, free_port

ALICE = ChiaTestWallet.from_seed("alice")
LONG_RUNNING = ("gateway", "worker", "web")


@pytest.fixture
def url(postgres: Postgres, database_numbers: Iterator[int]) -> Iterator[str]:
    """An empty database, as the service postgres has when it starts for the first time."""
    name = f"compose_{next(database_numbers)}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Discord and the balance services, and no bot."""
    stage = Stage(tmp_path, SystemClock(), discord=SandboxDiscord())
    await stage.set_up()
    yield stage
    await stage.close()


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    async with machine_in(tmp_path) as machine:
        yield machine


class Composed:
    """The services, on one machine and beside a stage."""

    def __init__(self, stage: Stage, machine: Machine, url: str, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        oauth = stage.discord.oauth
        oauth.redirect_uris.add(f"{self.origin}/oauth/callback")
        dotenv = {
            **read_dotenv(EXAMPLE.read_text(encoding="utf-8")),
            "POSTGRES_PASSWORD": "abc123",
            "HOLDFAST_WEB__OAUTH_CLIENT_ID": oauth.client_id,
            "HOLDFAST_WEB__OAUTH_CLIENT_SECRET": oauth.client_secret,
        }
        self.services = read_compose(dotenv)
        # What Docker's network and the outside world are in the settings is another address here.
        self._addresses = {
            **stage.environment,
            "HOLDFAST_DATABASE__URL": url,
            "HOLDFAST_WEB__HOST": "127.0.0.1",
            "HOLDFAST_WEB__PORT": str(port),
            "HOLDFAST_WEB__PUBLIC_URL": self.origin,
        }
        self._machine = machine

    def environment(self, service: Service) -> dict[str, str]:
        """The settings of a service."""
        ours = {name: value for name, value in service.environment.items() if name.startswith("HOLDFAST_")}
        return {**ours, **self._addresses}

    async def run(self, name: str) -> tuple[int, str]:
        """Run a service to its end."""
        service = self.services[name]
        return await self._machine.run(name, service.command, self.environment(service))

    def start(self, name: str) -> list[Running]:
        """Start all processes of a service."""
        service = self.services[name]
        return [
            self._machine.start(f"{name}-{number}", service.command, self.environment(service))
            for number in range(service.replicas)
        ]

    async def is_healthy(self, name: str) -> bool:
        """Run the health check of a service."""
        service = self.services[name]
        code, _ = await self._machine.run(f"{name}-health", service.health[1:], self.environment(service))
        return code == 0

    async def somebody_does_the_jobs(self) -> bool:
        """Run `holdfast health`."""
        code, _ = await self._machine.run("health", ["health"], self.environment(self.services["worker"]))
        return code == 0


async def test_a_member_proves_a_wallet_on_the_page_and_gets_roles_and_all_end_by_sigterm(
    stage: Stage, machine: Machine, url: str
) -> None:
    composed = Composed(stage, machine, url, free_port())
    server = Server.opened(stage)
    alice, first, later = server.joined("alice"), server.role("First"), server.role("Later")
    server.hand(ALICE, friend(1))

    assert await composed.run("migrate") == (0, "The database was set up.\n")
    assert not await composed.is_healthy("gateway")
    processes = [process for name in LONG_RUNNING for process in composed.start(name)]
    assert len(processes) == 4
    for name in LONG_RUNNING:
        await eventually(partial(composed.is_healthy, name), timeout=60)

    # The gateway answers, the page's process gives the role to whoever waits on it.
    await server.add_friends()
    await server.add_rule(first, "friends")
    site = Site(server, composed.origin)
    site.log_in_as(alice)
    async with site.visitor() as visitor:
        await visitor.get(await site.invite(alice))
        await visitor.session()
        proven = await visitor.prove(ALICE)
    assert proven.json["outcome"] == "linked"
    assert server.has(alice, first)

    # Nobody waits for what follows by itself: a worker does it.
    await server.add_rule(later, "friends >= 1")
    await server.gives(alice, later)
    await eventually(composed.somebody_does_the_jobs)
    assert stage.discord.traffic.unknown_routes == []

    for process in processes:
        process.terminate()
    assert {process.name: await process.ended() for process in processes} == {process.name: 0 for process in processes}
    for process in processes:
        assert "Traceback" not in process.said, process.said
