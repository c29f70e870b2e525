"""People decide about their data: they get it, have it deleted, and do not count in one server."""

import asyncio
import json
from datetime import timedelta

import pytest

from bot import hosting
from bot.domain.audits import AuditAction
from bot.domain.brakes import BrakeHold
from bot.domain.privacy import is_pseudonym
from bot.sandbox.discord import MEMBER, MEMBER_ROLE, AnswerKind, InteractionResult, Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE, BOB = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("bob")
DELETE, KEEP = "Delete it all", "Keep it"


@pytest.fixture
def settings() -> dict[str, str]:
    return {"HOLDFAST_SWEEP__BRAKE_MIN": "0", "HOLDFAST_SWEEP__BRAKE_PERCENT": "0", "HOLDFAST_SWEEP__GRACE": "7d"}


@pytest.fixture
async def alice(server: Server) -> User:
    """A member with a wallet, and a role that rests on it."""
    alice = server.joined("alice")
    await server.add_friends()
    await server.add_rule(server.role("Holder"), "friends")
    server.hand(ALICE, friend(1), friend(2))
    assert "Linked" in (await server.link(alice, ALICE)).text
    await server.gives(alice, holder_of(server))
    return alice


def holder_of(server: Server) -> Role:
    return server.guild.role_named("Holder")


async def everything_of(server: Server, user: User) -> dict[str, int]:
    """How many rows of each kind are stored of somebody."""
    async with server.stage.holdfast.store.unit() as unit:
        data = await unit.personal.of_user(user.id)
    return {name: len(rows) for name, rows in data.items() if rows}


async def is_forgotten(server: Server, user: User) -> bool:
    return not await everything_of(server, user)


async def holds_of(server: Server) -> list[BrakeHold]:
    """The brake's open holds."""
    return [notice.hold for notice in await server.stage.holdfast.services.braking.open_holds(server.guild.id)]


async def delete_all(server: Server, user: User) -> InteractionResult:
    """Ask for the deletion, confirm it and wait for what comes of it."""
    asked = await server.use(user, "privacy delete")
    await (await asked.press(DELETE)).settled()
    return await asked.until(lambda shown: "Deleting" not in shown.text)


class TestExport:
    async def test_the_file_has_all_that_is_stored_of_me_and_only_i_get_it(self, server: Server, alice: User) -> None:
        other = Server.opened(server.stage, "Elsewhere")
        other.joined(alice)
        await other.use(alice, "wallet list")
        answer = await server.use(alice, "privacy export")
        assert answer.ephemeral
        assert "All that this installation of Holdfast stores of you" in answer.text
        (file,) = answer.files
        assert file.filename == f"holdfast-data-{alice.id}.json"
        document = json.loads(file.data)
        data = document["data"]
        assert document["user_id"] == str(alice.id)
        assert [link["address"] for link in data["links"]] == [ALICE.address.display]
        assert {holding["asset"] for holding in data["holdings"]} == {friend(1), friend(2)}
        assert {one["guild_id"] for one in data["memberships"]} == {str(server.guild.id), str(other.guild.id)}
        assert [entry["role_id"] for entry in data["ledger"]] == [str(holder_of(server).id)]
        assert [line["action"] for line in data["journal"]] == ["give"]
        assert [line["action"] for line in data["audit_lines"]] == ["wallet_linked"]
        assert document["counts"] == {name: len(rows) for name, rows in data.items()}

    async def test_it_works_in_direct_messages_and_for_strangers(self, server: Server) -> None:
        stranger = server.stage.discord.add_user("stranger")
        answer = await (await server.stage.discord.command(stranger, "privacy export")).settled()
        assert not any(json.loads(answer.files[0].data)["data"].values())


class TestDelete:
    async def test_roles_go_first_then_all_the_rest(self, server: Server, alice: User) -> None:
        other = Server.opened(server.stage, "Elsewhere")
        other.joined(alice)
        await other.add_friends()
        await other.add_rule(other.role("Friend"), "friends >= 2")
        await other.use(alice, "wallet list")
        await other.gives(alice, other.guild.role_named("Friend"))
        asked = await server.use(alice, "privacy delete")
        for told in ("1 linked wallet", "in Friends: Holder", "in Elsewhere: Friend", "cannot be undone"):
            assert told in asked.text
        assert server.has(alice, holder_of(server))
        await (await asked.press(DELETE)).settled()
        done = await asked.until(lambda shown: "is deleted" in shown.text)
        assert "2 roles were taken back" in done.text
        assert not server.has(alice, holder_of(server))
        assert not other.has(alice, other.guild.role_named("Friend"))
        assert await is_forgotten(server, alice)
        async with server.stage.holdfast.store.unit() as unit:
            assert await unit.links.live(ALICE.address) is None
            lines = await unit.journal.recent(server.guild.id, 9)
            audit = await unit.audit.recent(server.guild.id, 99)
        assert all(is_pseudonym(line.user_id) for line in lines)
        assert len({line.user_id for line in lines}) == 1
        assert all(used.wallet == "" for line in lines for used in line.evidence.readings)
        assert audit[0].action is AuditAction.MEMBER_FORGOTTEN
        assert ALICE.address.short not in str(audit)

    async def test_afterwards_one_starts_afresh(self, server: Server, alice: User) -> None:
        await delete_all(server, alice)
        assert "You have no wallet linked" in (await server.use(alice, "wallet list")).text
        assert "Linked" in (await server.link(alice, ALICE)).text
        await server.gives(alice, holder_of(server))

    async def test_nothing_goes_without_the_confirmation_nor_by_an_old_one(
        self, server: Server, alice: User, clock: LeapClock
    ) -> None:
        asked = await server.use(alice, "privacy delete")
        await asked.press(KEEP)
        await asked.until(lambda shown: "Nothing was deleted" in shown.text)
        late = await server.use(alice, "privacy delete")
        clock.leap(timedelta(minutes=61))
        await server.guild.press(alice, late.message, DELETE)
        await server.stage.discord.until(lambda: "asked a while ago" in late.message.content)
        assert (await everything_of(server, alice))["links"] == 1

    async def test_the_button_works_after_a_restart(self, server: Server, alice: User) -> None:
        asked = await server.use(alice, "privacy delete")
        await server.stage.restart_bot()
        await asked.press(DELETE)
        await server.takes(alice, holder_of(server))
        await eventually(lambda: is_forgotten(server, alice))

    async def test_while_discord_is_away_it_waits_and_is_finished_later(
        self, server: Server, alice: User, clock: LeapClock
    ) -> None:
        outage = server.stage.discord.faults.server_error("DELETE", MEMBER_ROLE, 503, times=None)
        waiting = await delete_all(server, alice)
        assert "not finished yet" in waiting.text
        assert "Discord cannot be reached" in waiting.text
        assert (await everything_of(server, alice))["links"] == 1
        assert "not finished yet" in (await server.use(alice, "privacy delete")).text
        assert "Your data is being deleted" in (await server.use(alice, "wallet link", network="chia-mainnet")).text
        await server.stage.stop_bot()
        outage.clear()
        clock.leap(timedelta(minutes=5))
        await server.stage.start_bot()
        await server.takes(alice, holder_of(server))
        await eventually(lambda: is_forgotten(server, alice))

    async def test_a_bot_that_ends_in_the_middle_finishes_after_its_restart(
        self, server: Server, alice: User, clock: LeapClock
    ) -> None:
        asked = await server.use(alice, "privacy delete")
        await asked.press(DELETE)
        await server.takes(alice, holder_of(server))
        await server.stage.stop_bot()  # just when the role is gone, and before that was written down
        clock.leap(timedelta(minutes=2))
        await server.stage.start_bot()
        await eventually(lambda: is_forgotten(server, alice))

    async def test_whoever_keeps_giving_the_role_back_does_not_hold_it_up(self, server: Server, alice: User) -> None:
        discord, holder = server.stage.discord, holder_of(server)

        async def give_back() -> None:
            while True:
                await server.takes(alice, holder)
                server.guild.give_role(alice, holder)

        rival = asyncio.create_task(give_back())
        try:
            done = await delete_all(server, alice)
        finally:
            rival.cancel()
            await asyncio.gather(rival, return_exceptions=True)
        assert "is deleted" in done.text
        assert await is_forgotten(server, alice)
        assert discord.direct_messages == []

    async def test_who_waits_for_an_admins_decision_does_not_wait_any_longer(
        self, server: Server, alice: User, clock: LeapClock
    ) -> None:
        await server.use(server.owner, "settings set", log_channel=server.log)
        server.balances_of(ALICE).set_holdings(ALICE.address)
        await server.sweep()
        clock.leap(timedelta(minutes=31))
        await server.sweep()
        clock.leap(timedelta(days=8))
        await server.sweep()
        assert [hold.count for hold in await holds_of(server)] == [1]
        assert server.has(alice, holder_of(server))
        assert "is deleted" in (await delete_all(server, alice)).text
        assert not server.has(alice, holder_of(server))
        assert await holds_of(server) == []
        assert await is_forgotten(server, alice)

    async def test_a_paused_rule_and_a_role_out_of_reach_do_not_hold_it_up(self, server: Server, alice: User) -> None:
        high = server.role("High")
        await server.add_rule(high, "friends >= 2")
        await server.gives(alice, high)
        await server.use(server.owner, "settings set", log_channel=server.log)
        await server.use(server.owner, "rule pause", role=holder_of(server))
        server.guild.move_role(high, 200)
        done = await delete_all(server, alice)
        assert "These roles could not be taken back" in done.text
        assert "in Friends: High" in done.text
        assert not server.has(alice, holder_of(server))
        assert server.has(alice, high)
        assert await is_forgotten(server, alice)
        await server.stage.discord.until(
            lambda: any("could not take back" in message.content for message in server.log.messages)
        )

    async def test_a_server_without_the_bot_does_not_hold_it_up(self, server: Server, alice: User) -> None:
        server.guild.remove_bot()
        done = await (await server.stage.discord.command(alice, "privacy delete")).settled()
        await done.press(DELETE)
        await eventually(lambda: is_forgotten(server, alice))
        assert server.has(alice, holder_of(server))


class TestForget:
    async def test_a_bot_that_runs_does_it(
        self, server: Server, alice: User, clock: LeapClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await server.stage.holdfast.housekeeping.beat()
        code = await hosting.forget(server.stage.settings, clock, alice.id, patience=timedelta(seconds=10))
        assert code == 0
        assert "is deleted" in capsys.readouterr().out
        assert not server.has(alice, holder_of(server))
        assert await is_forgotten(server, alice)

    async def test_without_a_bot_the_command_does_it_itself(
        self, server: Server, alice: User, clock: LeapClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await server.stage.stop_bot()
        clock.leap(timedelta(minutes=4))
        code = await hosting.forget(server.stage.settings, clock, alice.id, patience=timedelta(seconds=10))
        assert code == 0
        assert "is deleted" in capsys.readouterr().out
        assert not server.has(alice, holder_of(server))
        assert await hosting.forget(server.stage.settings, clock, alice.id, patience=timedelta(0)) == 0
        assert "Nothing is stored" in capsys.readouterr().out

    async def test_what_cannot_be_done_yet_is_noted_and_the_bot_finishes_it(
        self, server: Server, alice: User, clock: LeapClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await server.stage.stop_bot()
        clock.leap(timedelta(minutes=4))
        outage = server.stage.discord.faults.server_error("GET", MEMBER, 503, times=None)
        code = await hosting.forget(server.stage.settings, clock, alice.id, patience=timedelta(seconds=10))
        assert code == 3
        assert "not finished yet, because Discord cannot be reached" in capsys.readouterr().out
        assert server.has(alice, holder_of(server))
        outage.clear()
        clock.leap(timedelta(minutes=1))
        await server.stage.start_bot()
        await server.takes(alice, holder_of(server))
        await eventually(lambda: is_forgotten(server, alice))


class TestOptOut:
    async def test_the_wallets_do_not_count_here_and_still_do_elsewhere(self, server: Server, alice: User) -> None:
        other = Server.opened(server.stage, "Elsewhere")
        other.joined(alice)
        await other.add_friends()
        await other.add_rule(other.role("Friend"), "friends >= 2")
        await other.use(alice, "wallet list")
        await other.gives(alice, other.guild.role_named("Friend"))
        out = await server.use(alice, "privacy optout")
        assert out.ephemeral
        assert "do not count in this server any more" in out.text
        assert f"Taken back: <@&{holder_of(server).id}>" in out.text
        assert not server.has(alice, holder_of(server))
        assert "had opted out" in (await server.use(alice, "privacy optout")).text
        assert "You opted out in this server" in (await server.use(alice, "wallet list")).text
        assert "You opted out in this server" not in (await other.use(alice, "wallet list")).text
        await server.sweep()
        await other.sweep()
        assert not server.has(alice, holder_of(server))
        assert other.has(alice, other.guild.role_named("Friend"))
        back = await server.use(alice, "privacy optin")
        assert "count in this server again" in back.text
        assert server.has(alice, holder_of(server))
        assert "You had not opted out" in (await server.use(alice, "privacy optin")).text
        async with server.stage.holdfast.store.unit() as unit:
            actions = [line.action for line in await unit.audit.recent(server.guild.id, 99)]
        assert actions.count(AuditAction.MEMBER_OPTED_OUT) == actions.count(AuditAction.MEMBER_OPTED_IN) == 1

    async def test_a_wallet_linked_after_that_gives_no_role_here(self, server: Server, alice: User) -> None:
        await server.use(alice, "privacy optout")
        server.hand(BOB, friend(3))
        assert "Linked" in (await server.link(alice, BOB)).text
        assert not server.has(alice, holder_of(server))

    async def test_in_direct_messages_there_is_no_server_to_opt_out_of(self, server: Server, alice: User) -> None:
        answer = await (await server.stage.discord.command(alice, "privacy optout")).settled()
        assert answer.kind is AnswerKind.DEFERRED
        assert "in a server only" in answer.text
