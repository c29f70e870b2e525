"""A Discord in a process of its own, with its rate limits on, and the balance API beside it in the same process.

The parent talks to it in lines of JSON: one question, one answer.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.stand_in import Balances, Connection
from bot.sandbox.discord import MEMBER_ROLE, SandboxDiscord, SandboxError, User
from bot.sandbox.discord import Guild as SandboxGuild

_ROOT = Path(__file__).parents[1]
_LONGEST_LINE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Guild:
    """A server of the stand-in."""

    id: int
    role_ids: tuple[int, ...]
    user_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Writes:
    """What became of role changes so far."""

    at: tuple[float, ...]
    """When Discord carried each of them out, in seconds, in order."""
    refused: int
    """Answers with 429, whatever was asked."""
    lookups: int
    """Members asked for over REST."""
    per_guild: int
    """What the bucket of a server allows …"""
    seconds: float
    """… in so many seconds."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How long commands took, from the moment each was due to be sent until its answer could be read."""

    seconds: tuple[float, ...]
    failed: tuple[str, ...]
    """What was wrong with the others: no answer, or other words than expected."""
    offered: float
    """How many a second were sent: fewer than asked for when the stand-in itself did not keep up."""
    lasted: float
    """Seconds from the first command to the last answer."""
    cpu: float
    """Seconds of processor time that the stand-ins took meanwhile."""


class DiscordStandIn:
    """The stand-in, as the parent sees it."""

    def __init__(self, process: asyncio.subprocess.Process, hello: Mapping[str, object]) -> None:
        self._process = process
        self.api_base_url = str(hello["api_base_url"])
        self.gateway_url = str(hello["gateway_url"])
        self.balances_url = str(hello["balances_url"])
        self.token = str(hello["token"])
        guilds = hello["guilds"]
        assert isinstance(guilds, list)  # noqa: S101  (our own line)
        self.guilds = [Guild(one["id"], tuple(one["role_ids"]), tuple(one["user_ids"])) for one in guilds]

    async def writes(self) -> Writes:
        """Say what became of role changes so far."""
        said = await self._ask({"do": "writes"})
        return Writes(**{**said, "at": tuple(said["at"])})

    async def wallets_read(self) -> int:
        """Say how often the balance API was asked about a wallet, also while commands are being used."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.balances_url}/served") as response:
            said: dict[str, int] = await response.json()
            return said["calls"]

    async def use_commands(self, per_second: float, seconds: float, commands: Mapping[str, str]) -> Answers:
        """Let members use commands at a steady rate, whether or not the earlier ones were answered.

        `commands`: by name, words that the answer has to contain.
        """
        asked = {"do": "commands", "rate": per_second, "seconds": seconds, "commands": dict(commands)}
        said = await self._ask(asked)
        return Answers(**{**said, "seconds": tuple(said["seconds"]), "failed": tuple(said["failed"])})

    async def _ask(self, question: Mapping[str, object]) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the stand-in has no input or output")
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer


@asynccontextmanager
async def running(servers: int, members: int, roles: int = 1, delay: float = 0.0) -> AsyncIterator[DiscordStandIn]:
    """Run it. `members` and `roles` are per server; `delay`: seconds until the balance API answers."""
    options = {"servers": servers, "members": members, "roles": roles, "delay": delay}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.discord_stand_in"),
        *(f"--{name}={value}" for name, value in options.items()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        env=os.environ,
        limit=_LONGEST_LINE,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the stand-in has no output")
        yield DiscordStandIn(process, json.loads(await process.stdout.readline()))
    finally:
        process.terminate()
        await process.wait()


# The child


class _Stage:
    def __init__(self, options: argparse.Namespace) -> None:
        self.sandbox = SandboxDiscord(clock=time.time)
        self._balances = Balances(options.delay)
        self.guilds: list[tuple[SandboxGuild, list[User]]] = []
        self._options = options

    async def open(self) -> dict[str, object]:
        """Start everything, and return how to reach it."""
        server = await asyncio.get_running_loop().create_server(lambda: Connection(self._balances), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.sandbox.acting.answer_timeout = 60.0
        owner = self.sandbox.add_user("owner")
        told: list[dict[str, object]] = []
        for number in range(self._options.servers):
            guild = self.sandbox.add_guild(f"Server {number}", owner)
            roles = [guild.add_role(f"Role {role}") for role in range(self._options.roles)]
            users = [self.sandbox.add_user(f"member-{number}-{member}") for member in range(self._options.members)]
            for user in users:
                guild.add_member(user)
            self.guilds.append((guild, users))
            told.append({"id": guild.id, "role_ids": [r.id for r in roles], "user_ids": [user.id for user in users]})
        return {
            "api_base_url": self.sandbox.api_base_url,
            "gateway_url": self.sandbox.gateway_url,
            "balances_url": f"http://127.0.0.1:{port}",
            "token": self.sandbox.token,
            "guilds": told,
        }

    async def answer(self, question: Mapping[str, object]) -> object:
        """Answer one question of the parent."""
        if question["do"] == "writes":
            return self._writes()
        rate, seconds, commands = question["rate"], question["seconds"], question["commands"]
        assert isinstance(rate, float) and isinstance(seconds, float)  # noqa: S101, PT018  (our own line)
        assert isinstance(commands, dict)  # noqa: S101
        return await self._use(rate, seconds, commands)

    def _writes(self) -> object:
        allowance = self.sandbox.rate_limits.rules["PUT", MEMBER_ROLE].allowance
        done = [one.at for one in self.sandbox.traffic.role_writes if one.status in (200, 204)]
        lookups = len(self.sandbox.traffic.to("GET", "/guilds/{guild_id}/members/{user_id}"))
        limited = self.sandbox.rate_limits.limited
        return asdict(Writes(tuple(done), limited, lookups, allowance.requests, allowance.seconds))

    async def _use(self, rate: float, seconds: float, commands: dict[str, str]) -> object:
        loop = asyncio.get_running_loop()
        starts, cpu = loop.time() + 0.1, time.process_time()
        names = list(commands)
        took: list[float] = []
        sent: list[float] = []
        failed: list[str] = []

        async def use(number: int) -> None:
            due = starts + number / rate
            await asyncio.sleep(due - loop.time())
            guild, users = self.guilds[number % len(self.guilds)]
            user = users[(number // len(self.guilds)) % len(users)]
            name = names[number % len(names)]
            sent.append(loop.time())
            try:
                result = await guild.command(user, name)
                await result.settled(60.0)
            except SandboxError as error:
                failed.append(f"/{name}: {error}")
                return
            if commands[name] in result.text:
                took.append(loop.time() - due)
            else:
                failed.append(f"/{name} was answered: {result.text[:200]}")

        count = int(rate * seconds)
        await asyncio.gather(*(use(number) for number in range(count)))
        lasted = loop.time() - starts
        offered = (count - 1) / (max(sent) - min(sent))
        return asdict(Answers(tuple(took), tuple(failed), offered, lasted, time.process_time() - cpu))


async def _serve(options: argparse.Namespace) -> None:
    gc.disable()  # it keeps all traffic, and a collection would hold up everybody who measures
    stage = _Stage(options)
    loop = asyncio.get_running_loop()
    async with stage.sandbox:
        print(json.dumps(await stage.open()), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(await stage.answer(json.loads(line))), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("servers", "members", "roles"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--delay", type=float, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(_serve(_options()))
