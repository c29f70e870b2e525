"""`/sweep undo`: what one sweep took comes back, what it gave goes, and both stay that way."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.demo import moves
from bot.domain.audits import AuditAction
from bot.domain.ledger import LedgerState, RoleAction, RoleOutcome
from bot.sandbox.discord import MEMBER, MEMBER_ROLE, InteractionResult, Permission, Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend, struck

WALLETS = tuple(ChiaTestWallet.from_seed(f"undo {number}") for number in range(3))


@pytest.fixture
async def members(server: Server) -> Sequence[User]:
    """Three members with a friend each, who have the role “Holder” for that."""
    server.stage.discord.rate_limits.enabled = False
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.add_friends()
    users = [server.joined(name) for name in ("alice", "bob", "carol")]
    await server.add_rule(server.role("Holder"), "friends", grace="0")
    for number, (user, wallet) in enumerate(zip(users, WALLETS, strict=True)):
        server.hand(wallet, friend(number))
        await server.link(user, wallet)
        await server.gives(user, holder_of(server))
    return users


def holder_of(server: Server) -> Role:
    return server.guild.role_named("Holder")


async def offered(server: Server) -> list[tuple[str, str]]:
    choices = await server.guild.autocomplete(server.owner, "sweep undo", focused="sweep", value="")
    return [(choice.name, str(choice.value)) for choice in choices]


async def newest(server: Server, changes: str) -> str:
    """Wait until the newest sweep has changed so much, by the journal; returns its id."""

    async def is_written_down() -> bool:
        listed = await offered(server)
        return bool(listed) and listed[0][0].endswith(f": {changes}")

    await eventually(is_written_down)
    return (await offered(server))[0][1]


async def next_interval(server: Server, clock: LeapClock) -> None:
    """Leave the present scheduled sweep behind."""
    clock.leap(server.stage.settings.sweep.interval)


async def take_all(server: Server, clock: LeapClock, members: Sequence[User]) -> str:
    """Let a rule be edited badly, so that everybody loses the role. Returns the id of the sweep that took it."""
    await next_interval(server, clock)
    await server.change_rule(server.owner, "rule edit", role=holder_of(server), expression="friends >= 5")
    for user in members:
        await server.takes(user, holder_of(server))
    return await newest(server, "3 taken")


async def undo(server: Server, sweep: str, label: str) -> InteractionResult:
    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    pressed = await asked.press(label)
    await pressed.settled()
    return await asked.until(lambda shown: "is undone" in shown.text)


async def undo_as_shown(server: Server, sweep: str) -> InteractionResult:
    """Confirm whatever is shown, and once more when it has changed since: the bot may just be hearing of something."""
    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    while True:
        (label,) = [label for label in moves.button_labels(asked) if label.startswith("Give back")]
        await (await asked.press(label)).settled()
        await asked.until(lambda shown: "is undone" in shown.text or "changed since that was shown" in shown.text)
        if "is undone" in asked.text:
            return asked


async def settled(server: Server) -> None:
    """Wait until everything that is due has been done, with the second looks after writes."""

    async def nothing_waits() -> bool:
        return (await server.stage.holdfast.services.sweeps.figures()).members_waiting == 0

    await eventually(nothing_waits)


async def test_what_a_sweep_took_is_given_back_and_stays(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    holder = holder_of(server)
    sweep = await take_all(server, clock, members)
    name, _ = (await offered(server))[0]
    assert name.startswith(("today ", "yesterday "))
    assert name.endswith("by itself: 3 taken")

    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    assert "3 roles are given back" in asked.text
    for user in members:
        assert user.mention in asked.text
    assert not any(server.has(user, holder) for user in members)
    done = await undo(server, sweep, "Give back 3 roles")

    assert "3 roles were given back, 0 taken back" in done.text
    assert all(server.has(user, holder) for user in members)
    await server.stage.discord.until(lambda: any("A sweep was undone" in one.content for one in server.log.messages))
    clock.leap(timedelta(minutes=2))
    await server.sweep()
    await next_interval(server, clock)
    await server.sweep()
    assert all(server.has(user, holder) for user in members)
    async with server.stage.holdfast.store.unit() as unit:
        lines = await unit.audit.recent(server.guild.id, 20)
        entries = await unit.ledger.of_role(server.guild.id, holder.id)
    assert AuditAction.SWEEP_UNDONE in [line.action for line in lines]
    assert all(entry.state is LedgerState.HELD and entry.kept_at is not None for entry in entries)
    assert "undone" in {value: shown for shown, value in await offered(server)}[sweep]

    # Once the rule is put right, everything is as if nothing had happened.
    await server.change_rule(server.owner, "rule edit", role=holder, expression="friends")
    await settled(server)
    async with server.stage.holdfast.store.unit() as unit:
        assert all(one.kept_at is None for one in await unit.ledger.of_role(server.guild.id, holder.id))


async def test_what_a_sweep_gave_is_taken_back_and_an_undo_can_be_undone(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    late = server.role("Late")
    await next_interval(server, clock)
    await server.add_rule(late, "friends")
    for user in members:
        await server.gives(user, late)
    sweep = await newest(server, "3 given")

    await undo(server, sweep, "Take back 3 roles")
    assert not any(server.has(user, late) for user in members)
    clock.leap(timedelta(minutes=2))
    await server.sweep()
    assert not any(server.has(user, late) for user in members)
    async with server.stage.holdfast.store.unit() as unit:
        entries = await unit.ledger.of_role(server.guild.id, late.id)
    assert {entry.state for entry in entries} == {LedgerState.WITHHELD}

    name, undone = (await offered(server))[0]
    assert f"undo by @{server.owner.name}: 3 taken".lower() in name.lower()
    again = await server.use(server.owner, "sweep undo", sweep=sweep)
    assert "nothing left that could be undone" in again.text
    assert "3 × changed again since then" in again.text
    await undo(server, undone, "Give back 3 roles")
    assert all(server.has(user, late) for user in members)
    clock.leap(timedelta(minutes=2))
    await server.sweep()
    async with server.stage.holdfast.store.unit() as unit:
        entries = await unit.ledger.of_role(server.guild.id, late.id)
    assert {(entry.state, entry.kept_at) for entry in entries} == {(LedgerState.HELD, None)}


async def test_what_changed_since_by_other_hands_is_skipped_with_the_reason(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    alice, bob, carol = members
    holder = holder_of(server)
    sweep = await take_all(server, clock, members)
    clock.leap(timedelta(minutes=1))
    await settled(server)
    server.guild.remove_member(alice)
    server.guild.give_role(bob, holder)
    server.guild.remove_member(carol)
    server.joined(carol)

    done = await undo_as_shown(server, sweep)

    assert "0 roles were given back" in done.text
    assert "2 × left the server since then" in done.text
    assert "1 × has the role already" in done.text
    assert server.has(bob, holder)
    assert not server.has(carol, holder)


async def test_a_deleted_role_is_skipped(server: Server, clock: LeapClock, members: Sequence[User]) -> None:
    sweep = await take_all(server, clock, members)
    server.guild.delete_role(holder_of(server))
    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    assert "3 × the role was deleted" in asked.text
    assert not asked.components


async def test_an_undo_goes_on_after_a_restart_and_tells_the_log_channel(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    holder = holder_of(server)
    sweep = await take_all(server, clock, members)
    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    await server.stage.restart_bot()
    server.stage.discord.faults.server_error("PUT", MEMBER_ROLE, 503, times=None)
    pressed = await asked.press("Give back 3 roles")
    await pressed.until(lambda shown: "0 of 3 roles" in shown.text)
    clock.leap(timedelta(minutes=14))
    await asked.until(lambda shown: "The undo goes on" in shown.text)
    await server.stage.stop_bot()
    server.stage.discord.faults.clear()
    clock.leap(timedelta(hours=1))
    await server.stage.start_bot()

    for user in members:
        await server.gives(user, holder)
    told = "3 roles were given back, 0 taken back."
    await server.stage.discord.until(lambda: any(told in one.content for one in server.log.messages))


async def test_a_write_that_did_not_stick_is_made_again(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    alice, holder = members[0], holder_of(server)
    sweep = await take_all(server, clock, members)
    lost = server.stage.discord.faults.accept_without_applying("PUT", MEMBER_ROLE, user_id=alice.id)
    await undo(server, sweep, "Give back 3 roles")
    assert lost.hits == 1
    clock.leap(timedelta(minutes=1))
    await server.gives(alice, holder)


async def test_roles_that_changed_after_the_question_are_asked_about_again(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    holder = holder_of(server)
    sweep = await take_all(server, clock, members)
    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    await server.change_rule(server.owner, "rule edit", role=holder, expression="friends")
    for user in members:
        await server.gives(user, holder)
    await (await asked.press("Give back 3 roles")).settled()
    shown = await asked.until(lambda now: "Roles have changed since" in now.text or "left all roles" in now.text)
    assert "Give back 3 roles" not in str(shown.components)


async def test_an_undo_needs_the_permissions_that_giving_by_hand_would_need(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    sweep = await take_all(server, clock, members)
    clerk = server.joined("clerk")
    server.guild.give_role(clerk, server.guild.add_role("Clerk", permissions=Permission.MANAGE_GUILD))
    refused = await server.use(clerk, "sweep undo", sweep=sweep)
    assert "You need the Manage Roles permission yourself" in refused.text
    for nonsense in ("everything", "999999", "1" * 60):
        answer = await server.use(server.owner, "sweep undo", sweep=nonsense)
        assert "Choose one from the list" in answer.text


async def test_leaving_a_sweep_as_it_is_changes_nothing(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    sweep = await take_all(server, clock, members)
    writes = len(server.stage.discord.traffic.role_writes)
    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    await (await asked.press("Cancel")).settled()
    await asked.until(lambda shown: "The sweep stays as it is" in shown.text)
    assert len(server.stage.discord.traffic.role_writes) == writes


async def test_a_pause_does_not_stand_in_the_way_of_an_undo(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    holder = holder_of(server)
    sweep = await take_all(server, clock, members)
    await server.use(server.owner, "settings set", paused=True)
    await undo(server, sweep, "Give back 3 roles")
    assert all(server.has(user, holder) for user in members)


async def test_every_line_of_the_journal_belongs_to_a_sweep(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    holder = holder_of(server)
    await next_interval(server, clock)
    await server.use(server.owner, "rule pause", role=holder)
    server.balances_of(WALLETS[0]).take(WALLETS[0].address, friend(0))
    await server.sweep()
    await server.use(server.owner, "rule resume", role=holder)
    clock.leap(server.stage.settings.sweep.confirm_after)
    await server.sweep()
    await server.takes(members[0], holder)
    async with server.stage.holdfast.store.unit() as unit:
        lines = await unit.journal.recent(server.guild.id, 50)
        kinds = {line.action: await unit.sweeps.get(line.sweep_id or 0) for line in lines}
    assert all(line.sweep_id is not None for line in lines)
    taken = kinds[RoleAction.TAKE]
    assert taken is not None
    assert taken.requested_by in (server.owner.id, None)


async def test_a_slow_discord_does_not_make_two_undos_of_one(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    sweep = await take_all(server, clock, members)
    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    second = await server.use(server.owner, "sweep undo", sweep=sweep)
    look = server.stage.discord.faults.hang("GET", MEMBER, times=None)
    await asked.press("Give back 3 roles")
    await struck(look)
    await second.press("Give back 3 roles")
    await second.until(lambda shown: "is being undone here" in shown.text)
    look.clear()
    await asked.until(lambda shown: "3 roles were given back" in shown.text)


async def test_an_answer_that_is_lost_is_found_out_by_looking_again(
    server: Server, clock: LeapClock, members: Sequence[User]
) -> None:
    holder = holder_of(server)
    sweep = await take_all(server, clock, members)
    lost = server.stage.discord.faults.drop("PUT", MEMBER_ROLE, after=True, times=None)
    asked = await server.use(server.owner, "sweep undo", sweep=sweep)
    await asked.press("Give back 3 roles")
    for user in members:
        await server.gives(user, holder)
    await server.stage.restart_bot()
    lost.clear()
    clock.leap(timedelta(hours=1))

    told = "3 roles were given back, 0 taken back."
    await server.stage.discord.until(lambda: any(told in one.content for one in server.log.messages))
    async with server.stage.holdfast.store.unit() as unit:
        lines = await unit.journal.recent(server.guild.id, 50)
        undo_id = (await unit.sweeps.with_changes(server.guild.id, clock.now() - timedelta(days=9), 1))[0].sweep.id
    given = [line.user_id for line in lines if line.sweep_id == undo_id and line.outcome is RoleOutcome.DONE]
    assert sorted(given) == sorted(user.id for user in members)
