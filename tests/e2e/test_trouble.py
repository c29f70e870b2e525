"""When something around the bot is broken: the database, Discord, a balance service. It says so, and it comes back."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta

import pytest

from bot.demo import moves
from bot.sandbox.balances import Fault
from bot.sandbox.discord import Permission
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from bot.store.engine import sqlite_file
from tests.e2e.acting import LOOP_PASS, LeapClock, Server, eventually, friend

ALICE = ChiaTestWallet.from_seed("alice")
LOIS = EthereumTestWallet.from_seed("lois")


async def pragma(server: Server, setting: str) -> None:
    """Set something on the one connection by which the bot writes to its SQLite file."""
    async with server.stage.holdfast.engine.connect() as connection:
        await connection.exec_driver_sql(f"PRAGMA {setting}")


@asynccontextmanager
async def locked(server: Server) -> AsyncIterator[None]:
    """Let another process hold the database, and the bot lose patience at once."""
    file = sqlite_file(server.stage.settings.database.url.get_secret_value())
    assert file is not None
    await pragma(server, "busy_timeout = 1")
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
        await eventually(lambda: _begins(other))
        yield


async def _begins(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


async def holder(server: Server, wallet: ChiaTestWallet = ALICE) -> None:
    """Give the wallet an NFT, and make the rule for it."""
    server.hand(wallet, friend(1))
    await server.add_friends()


class TestTheDatabase:
    async def test_that_is_locked_is_told_and_nothing_is_lost(self, server: Server) -> None:
        alice, role = server.joined("alice"), server.role("Holder")
        await holder(server)
        await server.add_rule(role, "friends")
        request = await moves.ask_to_link(server.guild, alice, ALICE)
        signature = ALICE.sign(moves.text_to_sign(request))
        async with locked(server):
            answer = await server.use(server.owner, "settings set", paused=True)
            assert "The database is busy with something else, so nothing was changed." in answer.text
            assert answer.ephemeral
            assert "friends" in (await server.use(server.owner, "rule list")).text, "who only looks needs no lock"
            refused = await moves.paste(request, signature)
            assert "The database is busy" in refused.text

        assert "Linked" in (await moves.paste(refused, signature)).text
        await server.gives(alice, role)

    async def test_that_is_full_is_told_with_who_can_help(self, server: Server) -> None:
        alice, role = server.joined("alice"), server.role("Holder")
        await holder(server)
        await server.add_rule(role, "friends")
        await server.link(alice, ALICE)
        many = " ".join(friend(number) for number in range(80))
        await pragma(server, "max_page_count = 1")  # the least that SQLite takes: what the file has now
        answers = [
            await server.use(
                server.owner, "collection add", name=f"c{number}", network="chia-mainnet", kind="nft-set", items=many
            )
            for number in range(20)
        ]
        assert "The database has no room left, so nothing was changed." in answers[-1].text
        assert "The host must free disk space" in answers[-1].text
        assert "`friends`" in (await server.use(server.owner, "collection list")).text
        assert server.has(alice, role)

        await pragma(server, "max_page_count = 1000000")
        await server.add_friends("later")
        await server.sweep()
        assert server.has(alice, role)

    async def test_that_was_swapped_for_an_older_copy_takes_no_role(self, server: Server, clock: LeapClock) -> None:
        """The copy knows nothing of the roles given since, so they are not the bot's to take."""
        alice, role = server.joined("alice"), server.role("Holder")
        await holder(server)
        await server.stage.stop_bot()
        file = sqlite_file(server.stage.settings.database.url.get_secret_value())
        assert file is not None
        copy = shutil.copyfile(file, file.with_name("copy.db"))
        await server.stage.start_bot()
        await server.add_rule(role, "friends")
        await server.link(alice, ALICE)
        await server.gives(alice, role)
        await server.stage.stop_bot()
        for leftover in file.parent.glob("holdfast.db-*"):
            leftover.unlink()
        shutil.copyfile(copy, file)

        await server.stage.start_bot()
        await server.add_rule(role, "friends")
        clock.leap(timedelta(days=1))
        await server.sweep()

        assert server.has(alice, role)


class TestDiscord:
    async def test_that_is_down_at_the_start_is_waited_for(self, server: Server) -> None:
        await server.stage.stop_bot()
        faults = server.stage.discord.faults
        faults.server_error("*", "*", 503, times=8)
        faults.drop("*", "*", times=4)
        faults.server_error("*", "/applications/*", 503, times=3)
        faults.server_error("*", "/gateway/bot", 503, times=3)
        async with asyncio.timeout(60):
            await server.stage.start_bot()
        assert "no rules yet" in (await server.use(server.owner, "rule list")).text

    async def test_that_fails_while_a_role_is_given_gets_it_later(self, server: Server, clock: LeapClock) -> None:
        alice, role = server.joined("alice"), server.role("Holder")
        await holder(server)
        await server.add_rule(role, "friends")
        server.stage.discord.faults.server_error("*", "/guilds/*", 503, times=None)

        linked = await server.link(alice, ALICE)
        assert "Linked" in linked.text
        assert "Discord cannot be reached at the moment; your roles follow by themselves" in linked.text
        assert not server.has(alice, role)

        server.stage.discord.faults.clear()
        clock.leap(timedelta(hours=1))
        await server.gives(alice, role)

    async def test_that_cannot_be_asked_about_a_role_changes_no_rule(self, server: Server) -> None:
        await server.add_friends()
        role = server.role("Holder")
        server.stage.holdfast.client._connection._guilds.clear()
        server.stage.discord.faults.server_error("*", "/guilds/*", 503, times=None)
        answer = await server.use(server.owner, "doctor")
        assert "Discord does not answer about this server" in answer.text
        server.stage.discord.faults.clear()
        assert server.guild.roles[role.id] is role


class TestABalanceService:
    async def test_that_is_away_at_the_start_is_told_and_read_later(self, server: Server, clock: LeapClock) -> None:
        alice, role = server.joined("alice"), server.role("Holder")
        balances = server.stage.balances
        await holder(server)
        port = int(balances.spacescan.origin.rpartition(":")[2])
        await server.stage.stop_bot()
        await balances.stop()
        await server.stage.start_bot()
        await server.add_rule(role, "friends")

        linked = await server.link(alice, ALICE)
        assert "Linked" in linked.text
        assert "What it holds could not be read yet: the balance service does not answer" in linked.text
        assert "cannot tell at the moment" in (await server.use(alice, "roles why")).text
        assert "could not be read since" in (await server.use(server.owner, "doctor")).text

        await balances.start(port=port)
        clock.leap(timedelta(minutes=5))
        await server.gives(alice, role)

    async def test_that_fails_on_one_network_does_not_hold_up_the_other(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.jobs.clockwork.PATIENCE", 0.1)
        alice, lois = server.joined("alice"), server.joined("lois")
        looper = server.role("Looper")
        await server.add_loop_pass()
        await server.add_rule(looper, "loop_pass")
        server.hand(LOIS, LOOP_PASS)
        server.balances_of(ALICE).fail(Fault.HANG)
        request = await moves.ask_to_link(server.guild, alice, ALICE)
        form = await request.press(moves.PASTE_BUTTON)
        await form.submit({form.modal.fields[0].label: ALICE.sign(moves.text_to_sign(request))})

        assert "Linked" in (await server.link(lois, LOIS)).text
        await server.gives(lois, looper)


class TestTheServer:
    async def test_that_removes_the_bot_loses_no_link_and_goes_on_when_it_returns(
        self, server: Server, clock: LeapClock
    ) -> None:
        alice, role = server.joined("alice"), server.role("Holder")
        await holder(server)
        await server.add_rule(role, "friends")
        await server.link(alice, ALICE)
        await server.gives(alice, role)
        server.guild.remove_bot()
        server.balances_of(ALICE).set_holdings(ALICE.address)
        writes = len(server.stage.discord.traffic.role_writes)
        for span in (timedelta(days=1), timedelta(minutes=31)):  # seen empty, and confirmed
            clock.leap(span)
            await server.stage.holdfast.sweeper.run_once(everything=True)
        assert len(server.stage.discord.traffic.role_writes) == writes

        server.guild.add_bot()
        assert ALICE.address.short in (await server.use(alice, "wallet list")).text
        assert "friends" in (await server.use(server.owner, "rule list")).text
        await server.sweep()
        clock.leap(timedelta(hours=1))
        await server.sweep()
        await server.takes(alice, role)

    async def test_that_deletes_the_log_channel_hinders_nothing(self, server: Server) -> None:
        alice, role = server.joined("alice"), server.role("Holder")
        await holder(server)
        await server.use(server.owner, "settings set", log_channel=server.log)
        await server.add_rule(role, "friends")
        server.guild.delete_channel(server.log)
        assert "Linked" in (await server.link(alice, ALICE)).text
        await server.gives(alice, role)
        assert "100 %" in (await server.sweep()).text
        doctor = (await server.use(server.owner, "doctor")).text
        assert "The channel does not exist any more" in doctor
        assert "/settings set" in doctor

    async def test_that_moves_the_role_above_the_bot_stops_the_rule_until_it_is_put_right(
        self, server: Server, clock: LeapClock
    ) -> None:
        alice, bob, role = server.joined("alice"), server.joined("bob"), server.role("Holder")
        await holder(server)
        await server.use(server.owner, "settings set", log_channel=server.log)
        await server.add_rule(role, "friends")
        await server.link(alice, ALICE)
        await server.gives(alice, role)
        server.guild.move_role(role, 200)
        bobs = ChiaTestWallet.from_seed("bob")
        server.hand(bobs, friend(2))

        linked = await server.link(bob, bobs)

        assert "Linked" in linked.text
        assert not server.has(bob, role)
        await server.stage.discord.until(lambda: any("is stopped" in one.content for one in server.log.messages))
        assert any("Drag Holdfast's role above “Holder”" in one.content for one in server.log.messages)
        assert server.stage.discord.traffic.role_writes[-1].status < 400
        assert "Discord does not let Holdfast change this role" in (await server.use(bob, "roles why")).text
        assert "Drag Holdfast's role" in (await server.use(server.owner, "rule resume", role=role)).text
        assert server.has(alice, role)

        server.guild.move_role(role, 1)
        assert "Running again" in (await server.use(server.owner, "rule resume", role=role)).text
        await server.gives(bob, role)

    async def test_that_takes_the_permission_away_is_told_how_to_give_it_back(self, server: Server) -> None:
        alice, role = server.joined("alice"), server.role("Holder")
        await holder(server)
        await server.use(server.owner, "settings set", log_channel=server.log)
        await server.add_rule(role, "friends")
        server.guild.edit_role(
            server.guild.bot_role, permissions=int(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
        )
        await server.link(alice, ALICE)
        await server.stage.discord.until(lambda: any("is stopped" in one.content for one in server.log.messages))
        assert any("lacks the Manage Roles permission" in one.content for one in server.log.messages)
        assert "lacks the Manage Roles permission" in (await server.use(server.owner, "doctor")).text
        assert server.stage.discord.traffic.role_writes == []
