"""Protected members: nothing is taken from them, and afterwards the grace period runs as ever."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.sandbox.discord import Role, User, message_text
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE = ChiaTestWallet.from_seed("alice")


@pytest.fixture
def settings(database_url: str) -> Mapping[str, str]:
    return {"HOLDFAST_DATABASE__URL": database_url}


async def holding(server: Server, grace: str = "0") -> tuple[User, Role]:
    alice, holder = server.joined("alice"), server.role("Holder")
    server.hand(ALICE, friend(1), friend(2))
    await server.add_friends()
    await server.add_rule(holder, "friends >= 2", grace=grace)
    await server.link(alice, ALICE)
    await server.gives(alice, holder)
    return alice, holder


def sells(server: Server) -> None:
    server.balances_of(ALICE).take(ALICE.address, friend(1))


async def test_a_protected_member_keeps_the_role_until_unprotected(server: Server) -> None:
    alice, holder = await holding(server)
    protected = await server.use(server.owner, "member protect", user=alice, reason="Founder")
    assert "Protected" in protected.text
    assert "all roles that Holdfast gave" in protected.text
    sells(server)
    await server.sweep()
    assert server.has(alice, holder)
    assert "an admin protects you" in (await server.use(alice, "roles why")).text
    listed = await server.use(server.owner, "member protected")
    assert alice.mention in listed.text
    assert "Founder" in listed.text

    ended = await server.use(server.owner, "member unprotect", user=alice)
    assert "Not protected any more" in ended.text
    await server.takes(alice, holder)
    assert "Nobody is protected" in (await server.use(server.owner, "member protected")).text


async def test_a_protection_ends_by_itself_on_its_date_and_the_grace_runs_from_then(
    server: Server, clock: LeapClock
) -> None:
    alice, holder = await holding(server, grace="1d")
    await server.use(server.owner, "member protect", user=alice, role=holder, until="7d")
    sells(server)
    await server.sweep()
    clock.leap(timedelta(days=6))
    await server.sweep()
    assert server.has(alice, holder)
    assert "protects you" in (await server.use(alice, "roles why")).text

    clock.leap(timedelta(days=1, minutes=1))
    await server.sweep()
    ledger = server.stage.holdfast.store

    async def has_lapsed() -> bool:
        async with ledger.unit() as unit:
            entries = await unit.ledger.of_member(server.guild.id, alice.id)
        return any(entry.lapsed_at is not None for entry in entries)

    await eventually(has_lapsed)
    assert server.has(alice, holder)
    clock.leap(timedelta(days=1, minutes=1))
    await server.sweep()
    await server.takes(alice, holder)


async def test_a_protection_holds_against_an_unlinked_wallet_and_a_restart(server: Server) -> None:
    alice, holder = await holding(server)
    await server.use(server.owner, "member protect", user=alice)
    await server.stage.restart_bot()
    await server.use(alice, "wallet unlink", wallet=ALICE.address.text)
    await server.sweep()
    assert server.has(alice, holder)


async def test_another_role_is_not_protected(server: Server) -> None:
    alice, holder = await holding(server)
    other = server.role("Other")
    await server.use(server.owner, "member protect", user=alice, role=other)
    sells(server)
    await server.sweep()
    await server.takes(alice, holder)


async def test_who_leaves_and_comes_back_is_still_protected(server: Server) -> None:
    alice, _ = await holding(server)
    await server.use(server.owner, "member protect", user=alice, until="30d")
    server.guild.remove_member(alice)
    server.joined(alice)
    assert alice.mention in (await server.use(server.owner, "member protected")).text


async def test_everything_is_written_down_with_old_and_new(server: Server) -> None:
    alice, holder = await holding(server)
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.use(server.owner, "member protect", user=alice, role=holder, until="2d", reason="On leave")
    await server.use(server.owner, "member protect", user=alice, role=holder)
    await server.use(server.owner, "member unprotect", user=alice, role=holder)
    text = (await server.use(server.owner, "settings audit")).text
    assert "Member protected" in text
    assert "On leave" in text
    assert "→" in text
    assert "Member not protected any more" in text
    await server.stage.discord.until(lambda: any("not protected" in message_text(one) for one in server.log.messages))


async def test_what_cannot_be_done_is_said(server: Server) -> None:
    alice, holder = await holding(server)
    assert "is not protected here" in (await server.use(server.owner, "member unprotect", user=alice)).text
    await server.use(server.owner, "member protect", user=alice)
    refused = await server.use(server.owner, "member unprotect", user=alice, role=holder)
    assert "is protected for all roles" in refused.text
    past = await server.use(server.owner, "member protect", user=alice, until="2020-01-01")
    assert "not in the future" in past.text
