"""A small bot on unmodified discord.py, with something of everything that the sandbox must carry."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
from collections.abc import AsyncIterator, Sequence
from typing import Self

import discord
import pytest
import yarl
from discord import app_commands
from discord.ext import commands

from bot.sandbox.discord import SandboxDiscord
from bot.sandbox.discord.signals import Signal

CORE_INTENTS = discord.Intents(guilds=True)
MEMBER_INTENTS = discord.Intents(guilds=True, members=True)


class Greeting(discord.ui.Modal, title="Greeting"):
    """A modal in the old form (rows of text inputs)."""

    name: discord.ui.TextInput[Greeting] = discord.ui.TextInput(label="Your name", max_length=20)
    note: discord.ui.TextInput[Greeting] = discord.ui.TextInput(
        label="Note", required=False, style=discord.TextStyle.paragraph
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(
            f"Hello {self.name.value}, {self.note.value or 'nothing'}", ephemeral=True
        )


class Survey(discord.ui.Modal, title="Survey"):
    """A modal in the new form (labels with any input)."""

    text: discord.ui.Label[Survey] = discord.ui.Label(
        text="Expression", component=discord.ui.TextInput(custom_id="expression", default="friends >= 1")
    )
    colour: discord.ui.Label[Survey] = discord.ui.Label(
        text="Colour",
        component=discord.ui.Select(
            custom_id="colour",
            options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue", value="b")],
        ),
    )
    role: discord.ui.Label[Survey] = discord.ui.Label(
        text="Role", component=discord.ui.RoleSelect(custom_id="role", required=False, min_values=0)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        text, colour, role = self.text.component, self.colour.component, self.role.component
        assert isinstance(text, discord.ui.TextInput)
        assert isinstance(colour, discord.ui.Select)
        assert isinstance(role, discord.ui.RoleSelect)
        names = ", ".join(one.name for one in role.values)
        await interaction.response.send_message(f"{text.value} {colour.values} {names}")


class Counter(discord.ui.View):
    """A view that lives in memory."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.count = 0

    @discord.ui.button(label="Count", style=discord.ButtonStyle.primary)
    async def press(self, interaction: discord.Interaction, button: discord.ui.Button[Self]) -> None:
        self.count += 1
        await interaction.response.edit_message(content=f"Pressed {self.count} times")

    @discord.ui.select(
        placeholder="Pick", options=[discord.SelectOption(label="One"), discord.SelectOption(label="Two")]
    )
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Self]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"Picked {select.values[0]}")

    @discord.ui.button(label="Details")
    async def details(self, interaction: discord.Interaction, button: discord.ui.Button[Self]) -> None:
        await interaction.response.send_modal(Greeting())


class VerifyButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"hf:v1:verify:(?P<rule>\d+)"):
    """A button that outlives the process."""

    def __init__(self, rule: int) -> None:
        super().__init__(discord.ui.Button(label="Verify", custom_id=f"hf:v1:verify:{rule}"))
        self.rule = rule

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> VerifyButton:
        return cls(int(match["rule"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Verifying for rule {self.rule}", ephemeral=True)


class SampleBot(commands.AutoShardedBot):
    """Registers the sample commands and remembers which events it heard."""

    def __init__(self, intents: discord.Intents = CORE_INTENTS, shard_count: int | None = None) -> None:
        super().__init__(
            command_prefix=(),
            intents=intents,
            help_command=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.1,
            shard_count=shard_count,
            max_ratelimit_timeout=60,
        )
        self.heard: list[str] = []
        self._news = Signal()
        self.add_dynamic_items(VerifyButton)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Skips the pause that discord.py makes before it identifies again."""

    async def setup_hook(self) -> None:
        register(self.tree)
        await self.tree.sync()

    async def on_socket_event_type(self, name: str) -> None:
        self.heard.append(name)
        self._news.notify()

    async def hears(self, name: str, times: int = 1) -> None:
        """Wait until the bot has heard an event so often."""
        assert await self._news.until(lambda: self.heard.count(name) >= times, 5), f"{name} was not heard"


def register(tree: app_commands.CommandTree[SampleBot]) -> None:
    """Add the sample commands."""

    @tree.command(description="Answers at once")
    @app_commands.describe(text="What to say", times="How often")
    @app_commands.choices(
        network=[
            app_commands.Choice(name="Chia", value="chia-mainnet"),
            app_commands.Choice(name="Test", value="chia-testnet11"),
        ]
    )
    async def say(
        interaction: discord.Interaction,
        text: app_commands.Range[str, 1, 40],
        times: app_commands.Range[int, 1, 3] = 1,
        loud: bool = False,
        network: str = "none",
    ) -> None:
        shown = text.upper() if loud else text
        await interaction.response.send_message(" ".join([shown] * times) + f" on {network}")

    @tree.command(description="Thinks first")
    async def think(interaction: discord.Interaction, steps: int = 1) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        for step in range(steps):
            await interaction.edit_original_response(content=f"Step {step + 1}")
        await interaction.edit_original_response(content="", embed=discord.Embed(title="Done", description="All of it"))
        await interaction.followup.send("One more thing", ephemeral=True)

    @tree.command(description="Answers with files: at once, in place of a deferral and in a follow-up")
    async def files(interaction: discord.Interaction, first: bool = False) -> None:
        def file(name: str) -> discord.File:
            return discord.File(io.BytesIO(name.encode()), f"{name}.txt")

        if first:
            await interaction.response.send_message("Here", file=file("first"), ephemeral=True)
        else:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.edit_original_response(content="Soon", attachments=[file("draft")])
            await interaction.edit_original_response(content="Here", attachments=[file("one"), file("two")])
        await interaction.followup.send("And", file=file("more"), ephemeral=True)

    @tree.command(description="Shows what it was given")
    async def show(
        interaction: discord.Interaction,
        member: discord.Member | None = None,
        role: discord.Role | None = None,
        channel: discord.TextChannel | None = None,
        file: discord.Attachment | None = None,
    ) -> None:
        parts: Sequence[object] = (
            member and member.name,
            role and role.name,
            channel and channel.name,
            file and (await file.read()).decode(),
        )
        await interaction.response.send_message(" ".join(str(part) for part in parts if part), ephemeral=True)

    @tree.command(description="Opens a modal")
    async def greet(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Greeting())

    @tree.command(description="Opens a modal with labels")
    async def survey(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Survey())

    @tree.command(description="Shows buttons")
    async def count(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Pressed 0 times", view=Counter())

    @tree.command(description="Never answers")
    async def silent(interaction: discord.Interaction) -> None:
        return None

    rule = app_commands.Group(
        name="rule",
        description="Rules",
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )

    @rule.command(description="Adds a rule")
    async def add(interaction: discord.Interaction, role: discord.Role, expression: str) -> None:
        await interaction.response.send_message(f"{role.name}: {expression}", ephemeral=True)

    @add.autocomplete("expression")
    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        names = ["friends", "fruits", "cards"]
        return [app_commands.Choice(name=name.title(), value=name) for name in names if name.startswith(current)]

    tree.add_command(rule)


@contextlib.asynccontextmanager
async def running(
    sandbox: SandboxDiscord, bot: commands.AutoShardedBot, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """Log the bot in at the sandbox, wait until it is ready, and log it out at the end."""
    point_at(sandbox, monkeypatch)
    task = asyncio.create_task(bot.start(sandbox.token))
    ready = asyncio.create_task(bot.wait_until_ready())
    try:
        await asyncio.wait({task, ready}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        assert ready.done(), "the bot did not become ready"
        yield
    finally:
        ready.cancel()
        await bot.close()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def point_at(sandbox: SandboxDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let discord.py talk to the sandbox instead of Discord."""
    monkeypatch.setattr(discord.http.Route, "BASE", sandbox.api_base_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))
