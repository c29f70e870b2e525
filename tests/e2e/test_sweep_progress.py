"""A sweep that somebody asked for: how far it is, calling it off, and the picture in `/sweep status`."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from bot.sandbox.balances import Fault
from bot.sandbox.discord import InteractionResult, Permission, User
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE = ChiaTestWallet.from_seed("alice")
LOIS = EthereumTestWallet.from_seed("lois")
CANCEL = "Cancel the sweep"


@pytest.fixture
def settings() -> Mapping[str, str]:
    """Wallets are as good as never due by themselves."""
    return {"HOLDFAST_SWEEP__INTERVAL": "200d", "HOLDFAST_SWEEP__STALE_AFTER": "300d"}


@pytest.fixture
async def stuck(server: Server, monkeypatch: pytest.MonkeyPatch) -> User:
    """Alice has two wallets; one cannot be read, and asking about the other one never ends."""
    monkeypatch.setattr("bot.jobs.clockwork.PATIENCE", 0.1)  # what never ends need not be waited for at the end
    alice = server.joined("alice")
    await server.use(server.owner, "settings set", log_channel=server.log)
    server.hand(ALICE, friend(1))
    await server.link(alice, ALICE)
    await server.link(alice, LOIS)
    server.balances_of(LOIS).fail(Fault.UNAVAILABLE, times=None)
    server.balances_of(ALICE).fail(Fault.HANG, times=None)
    return alice


async def asked(server: Server) -> InteractionResult:
    answer = await server.guild.command(server.owner, "sweep now")
    return await answer.until(lambda shown: "1 of 2 wallets read" in shown.text)


async def due_times(server: Server) -> list[datetime]:
    """When Alice's Chia wallet and her other one are to be read next."""
    async with server.stage.holdfast.store.unit() as unit:
        wallets = [await unit.wallets.get(number) for number in (1, 2)]
    return [wallet.due_at for wallet in wallets if wallet is not None]


def logged(server: Server, words: str) -> bool:
    return any(words in message.content for message in server.log.messages)


@pytest.mark.usefixtures("stuck")
class TestASweepUnderWay:
    async def test_says_what_is_done_and_what_it_cost(self, server: Server) -> None:
        answer = await asked(server)
        await answer.until(lambda shown: "1 of them unknown" in shown.text)
        assert " 50 %" in answer.text
        assert " of 1 member up to date" in answer.text
        await answer.until(lambda shown: " calls to balance services since it began" in shown.text)
        assert "\n0 calls" not in answer.text
        status = await server.use(server.owner, "sweep status")
        assert "is running" in status.text
        assert "1 of 2 wallets read" in status.text

    async def test_is_cancelled_and_what_was_not_read_goes_back(self, server: Server, clock: LeapClock) -> None:
        own_time = (await due_times(server))[0]
        first = await asked(server)
        second = await server.guild.command(server.owner, "sweep now")
        await second.until(lambda shown: "running here already" in shown.text)

        await second.press(CANCEL)

        for answer in (first, second):
            await answer.until(lambda shown: "was cancelled by" in shown.text)
            assert not answer.components
        assert "1 of 2 wallets had been read" in second.text
        assert "1 wallet was not read" in second.text
        assert own_time > clock.now()
        assert (await due_times(server))[0] == own_time
        await server.stage.discord.until(lambda: logged(server, "Sweep cancelled"))
        assert not logged(server, "Sweep finished")
        status = await server.use(server.owner, "sweep status")
        assert "was cancelled by" in status.text
        assert CANCEL not in status.text

    async def test_is_cancelled_by_an_old_message_after_a_restart(self, server: Server) -> None:
        answer = await asked(server)
        await server.stage.restart_bot()
        status = await server.use(server.owner, "sweep status")
        assert "1 of 2 wallets read" in status.text

        await answer.press(CANCEL)
        await answer.until(lambda shown: "was cancelled by" in shown.text)

        again = await status.press(CANCEL)
        await again.until(lambda shown: "over already" in shown.text)

    async def test_is_not_cancelled_by_who_may_not_any_more(self, server: Server) -> None:
        clerk, role = server.joined("clerk"), server.guild.add_role("Clerk", permissions=Permission.MANAGE_GUILD)
        server.guild.give_role(clerk, role)
        answer = await server.guild.command(clerk, "sweep now")
        await answer.until(lambda shown: "1 of 2 wallets read" in shown.text)
        server.guild.take_role(clerk, role)
        refused = await answer.press(CANCEL)
        await refused.until(lambda shown: "It goes on" in shown.text)
        status = await server.stage.holdfast.services.sweeps.status(server.guild.id)
        assert status.sweep is not None
        assert status.sweep.finished_at is None


async def test_the_status_has_a_picture_of_how_things_went(server: Server, clock: LeapClock) -> None:
    alice, role = server.joined("alice"), server.role("Holder 🐸")
    server.hand(ALICE, friend(1))
    await server.add_friends()
    await server.add_rule(role, "friends")
    await server.stage.holdfast.services.histories.note_all()
    await server.link(alice, ALICE)
    await server.gives(alice, role)

    async def is_held() -> bool:
        return (await server.stage.holdfast.services.sweeps.figures()).roles_held == 1

    await eventually(is_held)
    status = await server.use(server.owner, "sweep status")
    assert status.message is not None
    (chart,) = status.message.attachments
    assert chart.filename == "holdfast.png"
    assert chart.data.startswith(b"\x89PNG")
    assert chart.description is not None
    assert "Holder 🐸 from 0 to 1. Roles given: 1, taken: 0." in chart.description
    assert "Wallets with a complete last reading: 1, unknown: 0." in chart.description
