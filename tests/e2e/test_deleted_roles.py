"""A role that was deleted in Discord: its rule stops, whatever it was doing, and nobody counts as holder any more."""

from collections.abc import Awaitable, Callable

import pytest

from bot.sandbox.discord import Role
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import Server, eventually, friend

STOPPED = "The rule for “Holder” is stopped"


async def nothing(_server: Server, _role: Role) -> None:
    """The rule runs on, and has nothing to write."""


async def paused(server: Server, role: Role) -> None:
    assert "Paused" in (await server.use(server.owner, "rule pause", role=role)).text


@pytest.fixture
async def role(server: Server) -> Role:
    """Held by one member."""
    alice, role, wallet = server.joined("alice"), server.role("Holder"), ChiaTestWallet.from_seed("alice")
    await server.use(server.owner, "settings set", log_channel=server.log)
    server.hand(wallet, friend(1))
    await server.add_friends()
    await server.add_rule(role, "friends")
    await server.link(alice, wallet)
    await server.gives(alice, role)
    return role


async def is_stopped(server: Server) -> None:
    """The log channel was told once, the rule says so, and the ledger has nothing of the role."""
    await server.stage.discord.until(lambda: any(STOPPED in one.content for one in server.log.messages))
    assert "the role is gone" in (await server.use(server.owner, "rule list")).text
    assert "0 roles are held" in (await server.use(server.owner, "sweep status")).text
    assert sum(STOPPED in one.content for one in server.log.messages) == 1


@pytest.mark.parametrize("before", [nothing, paused], ids=["running", "paused"])
async def test_it_is_noticed_at_once(
    server: Server, role: Role, before: Callable[[Server, Role], Awaitable[None]]
) -> None:
    await before(server, role)
    server.guild.delete_role(role)
    await is_stopped(server)


@pytest.mark.parametrize("before", [nothing, paused], ids=["running", "paused"])
async def test_what_happened_while_the_bot_was_away_is_noticed_when_it_is_back(
    server: Server, role: Role, before: Callable[[Server, Role], Awaitable[None]]
) -> None:
    await before(server, role)
    await server.stage.stop_bot()
    server.guild.delete_role(role)
    await server.stage.start_bot()
    await is_stopped(server)


async def test_while_discord_does_not_confirm_it_nothing_is_forgotten(server: Server, role: Role) -> None:
    await paused(server, role)
    await server.stage.stop_bot()
    server.guild.delete_role(role)
    look = server.stage.discord.faults.server_error("GET", "/guilds/{guild_id}", times=None)
    await server.stage.start_bot()
    await server.stage.discord.until(lambda: look.hits >= 3)
    async with server.stage.holdfast.store.unit() as unit:
        assert len(await unit.ledger.of_role(server.guild.id, role.id)) == 1

    look.clear()
    server.stage.discord.gateway.invalidate()

    async def is_forgotten() -> bool:
        async with server.stage.holdfast.store.unit() as unit:
            return not await unit.ledger.of_role(server.guild.id, role.id)

    await eventually(is_forgotten)
    await is_stopped(server)
