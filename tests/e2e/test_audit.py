"""Who changed what: every command of admins that changes something leaves a line, which the log channel is told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from discord import app_commands

from bot.domain.audits import AuditAction, AuditLine
from bot.sandbox.balances import Fault
from bot.sandbox.discord import InteractionResult, Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import FRIENDS, LeapClock, Server, eventually, friend

ALICE = ChiaTestWallet.from_seed("alice")
CHANGES_NOTHING = {
    "collection list",
    "rule list",
    "rule preview",
    "sweep status",
    "member why",
    "member protected",
    "settings show",
    "settings audit",
    "doctor",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A server in which every command has something to change."""

    server: Server
    clock: LeapClock
    alice: User
    holder: Role

    async def use(self, command: str, **options: object) -> InteractionResult:
        return await self.server.use(self.server.owner, command, **options)  # type: ignore[arg-type]  # sandbox values

    async def change_rule(self, command: str, **options: object) -> InteractionResult:
        return await self.server.change_rule(self.server.owner, command, **options)  # type: ignore[arg-type]

    async def lines(self) -> list[AuditLine]:
        """The audit of what admins did, oldest first."""
        async with self.server.stage.holdfast.store.unit() as unit:
            lines = await unit.audit.recent(self.server.guild.id, 500)
        return [line for line in reversed(lines) if line.actor_id == self.server.owner.id]


Deed = Callable[[Scene], Awaitable[object]]


async def edit_and_undo(scene: Scene) -> None:
    """Let a sweep give a role, and undo that sweep."""
    scene.clock.leap(scene.server.stage.settings.sweep.interval)
    scene.server.hand(ALICE, friend(1), friend(2))
    await scene.server.link(scene.alice, ALICE)
    await scene.server.gives(scene.alice, scene.holder)

    async def listed() -> bool:
        return any("given" in choice.name for choice in await offered())

    async def offered() -> list[app_commands.Choice[str]]:
        found = await scene.server.guild.autocomplete(scene.server.owner, "sweep undo", focused="sweep", value="")
        return [app_commands.Choice(name=choice.name, value=str(choice.value)) for choice in found]

    await eventually(listed)
    asked = await scene.use("sweep undo", sweep=(await offered())[0].value)
    await (await asked.press("Take back 1 role")).settled()
    await asked.until(lambda shown: "is undone" in shown.text)


STORY: tuple[tuple[str, AuditAction, Deed], ...] = (
    (
        "collection add",
        AuditAction.COLLECTION_ADDED,
        lambda scene: scene.use(
            "collection add", name="spare", network="chia-mainnet", kind="chia-collection", items=FRIENDS
        ),
    ),
    ("collection remove", AuditAction.COLLECTION_REMOVED, lambda scene: scene.use("collection remove", name="spare")),
    (
        "rule add",
        AuditAction.RULE_ADDED,
        lambda scene: scene.change_rule("rule add", role=scene.holder, expression="friends >= 2"),
    ),
    ("rule edit", AuditAction.RULE_EDITED, lambda scene: scene.change_rule("rule edit", role=scene.holder, grace="2h")),
    ("rule pause", AuditAction.RULE_PAUSED, lambda scene: scene.use("rule pause", role=scene.holder)),
    ("rule resume", AuditAction.RULE_RESUMED, lambda scene: scene.use("rule resume", role=scene.holder)),
    ("settings set", AuditAction.SETTING_CHANGED, lambda scene: scene.use("settings set", grace="1d")),
    ("panel post", AuditAction.SETTING_CHANGED, lambda scene: scene.use("panel post")),
    (
        "member protect",
        AuditAction.MEMBER_PROTECTED,
        lambda scene: scene.use("member protect", user=scene.alice, reason="our moderator"),
    ),
    (
        "member unprotect",
        AuditAction.MEMBER_UNPROTECTED,
        lambda scene: scene.use("member unprotect", user=scene.alice),
    ),
    ("sweep now", AuditAction.SWEEP_REQUESTED, lambda scene: scene.server.sweep()),
    ("sweep undo", AuditAction.SWEEP_UNDONE, edit_and_undo),
    ("rule adopt", AuditAction.ROLE_ADOPTED, lambda scene: adopt(scene)),
    (
        "holders export",
        AuditAction.HOLDERS_EXPORTED,
        lambda scene: scene.use("holders export", role=scene.holder, format="csv"),
    ),
    ("rule remove", AuditAction.RULE_REMOVED, lambda scene: scene.change_rule("rule remove", role=scene.holder)),
)
"""Every command that changes something, in an order in which each has something to change."""


async def adopt(scene: Scene) -> None:
    bob = scene.server.joined("bob")
    scene.server.guild.give_role(bob, scene.holder)
    assert "adopted" in (await scene.use("rule adopt", role=scene.holder, until="14d")).text


@pytest.fixture
async def scene(server: Server, clock: LeapClock) -> Scene:
    server.stage.discord.rate_limits.enabled = False
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.add_friends()
    return Scene(server, clock, server.joined("alice"), server.role("Holder"))


@pytest.fixture
async def admin_commands(server: Server) -> set[str]:
    """Every command that members do not see."""
    return {
        command.qualified_name
        for command in server.stage.holdfast.client.tree.walk_commands()
        if isinstance(command, app_commands.Command)
        and (command.root_parent or command).default_permissions is not None
    }


async def test_every_command_of_admins_is_known_here(admin_commands: set[str]) -> None:
    changing = {command for command, _, _ in STORY}
    assert changing | CHANGES_NOTHING == admin_commands, "add the new command to the story above"
    assert not changing & CHANGES_NOTHING


async def test_every_command_that_changes_something_leaves_its_line(scene: Scene) -> None:
    for command, action, deed in STORY:
        before = len(await scene.lines())
        await deed(scene)
        added = (await scene.lines())[before:]
        assert [line.action for line in added] == [action], command
        assert added[0].guild_id == scene.server.guild.id


async def test_a_sweep_that_is_called_off_leaves_a_line_and_is_told(scene: Scene) -> None:
    server = scene.server
    server.hand(ALICE, friend(1))
    await server.link(scene.alice, ALICE)
    server.balances_of(ALICE).fail(Fault.HANG, times=None)
    asked = await server.guild.command(server.owner, "sweep now")
    await asked.until(lambda shown: "0 of 1 wallet" in shown.text)
    await asked.press("Cancel the sweep")
    await asked.until(lambda shown: "was cancelled by" in shown.text)
    line = (await scene.lines())[-1]
    assert (line.action, line.subject, line.after) == (
        AuditAction.SWEEP_CANCELLED,
        "all linked wallets",
        "0 of 1 wallets read",
    )
    await told(server, "Sweep cancelled", server.owner.mention, "0 of 1 wallets read")


async def test_commands_that_change_nothing_leave_none(scene: Scene) -> None:
    await scene.change_rule("rule add", role=scene.holder, expression="friends >= 2")
    before = await scene.lines()
    for command in ("collection list", "rule list", "sweep status", "settings show", "settings audit", "doctor"):
        await scene.use(command)
    await scene.use("rule preview", role=scene.holder, expression="friends >= 3")
    await scene.use("member why", user=scene.alice)
    assert await scene.lines() == before


async def told(server: Server, *parts: str) -> str:
    """Wait until the log channel has a line with all parts; returns it."""

    def found() -> list[str]:
        lines = [part for message in server.log.messages for part in message.content.split("\n**")]
        return [line for line in lines if all(part in line for part in parts)]

    await server.stage.discord.until(lambda: bool(found()))
    return found()[0]


async def test_the_log_channel_is_told_who_changed_what_from_what_to_what(scene: Scene) -> None:
    server, owner = scene.server, scene.server.owner
    await scene.change_rule("rule add", role=scene.holder, expression="friends >= 2", grace="1h")
    await scene.change_rule("rule edit", role=scene.holder, expression="friends >= 3")
    await scene.use("settings set", grace="2d")
    await told(server, "Rule added", "“Holder”", owner.mention, "`friends >= 2 (grace 1h)`")
    await told(server, "Rule changed", owner.mention, "`friends >= 2 (grace 1h)` → `friends >= 3 (grace 1h)`")
    await told(server, "Setting changed", "“grace”", "`default` → `2d`", "<t:")
    await told(server, "Collection added", "“friends”")


async def test_what_is_refused_is_not_told(scene: Scene) -> None:
    await scene.use("collection add", name="friends", network="chia-mainnet", kind="any", items="")
    await scene.use("rule pause", role=scene.holder)
    await scene.use("settings set", grace="3d")
    await told(scene.server, "“grace”")
    assert not any("paused" in message.content for message in scene.server.log.messages)


async def test_what_was_changed_while_nobody_could_be_told_is_told_after_a_restart(scene: Scene) -> None:
    server = scene.server
    await scene.use("settings set", unset="grace", log_channel=server.log)
    await told(server, "“grace”")
    stage = server.stage
    await stage.holdfast.clockwork.stop()
    await scene.use("settings set", grace="5d")
    await stage.restart_bot()
    await told(server, "`default` → `5d`")


async def test_the_audit_is_listed_newest_first_in_pages_that_survive_a_restart(scene: Scene) -> None:
    for number in range(40):
        await scene.use("settings set", grace=f"{number + 1}d")
    first = await scene.use("settings audit")
    assert first.ephemeral
    assert "`39d` → `40d`" in first.text
    assert first.text.index("`39d` → `40d`") < first.text.index("`38d` → `39d`")
    assert "Page 1 of" in first.text
    await scene.server.stage.restart_bot()
    await (await first.press("Next")).settled()
    second = await first.until(lambda shown: "Page 2 of" in shown.text)
    assert "`39d` → `40d`" not in second.text


async def test_members_do_not_see_the_audit_nor_are_their_wallets_in_it(scene: Scene) -> None:
    scene.server.hand(ALICE, friend(1))
    await scene.server.link(scene.alice, ALICE)
    shown = (await scene.use("settings audit")).text
    assert "Collection added" in shown
    assert ALICE.address.short not in shown
