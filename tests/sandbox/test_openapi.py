"""What the sandbox and discord.py say to each other fits Discord's own description of its API."""

from __future__ import annotations

import contextlib

import discord
import pytest

from bot.sandbox.discord import Permission, Upload

from . import openapi
from .bots import SampleBot, VerifyButton
from .conftest import Scene

pytestmark = pytest.mark.skipif(not openapi.is_available(), reason="Discord's OpenAPI description is not at hand")


async def test_representative_traffic_fits_the_description(scene: Scene, bot: SampleBot) -> None:
    await use_commands(scene)
    await use_rest(scene, bot)
    traffic = scene.sandbox.traffic
    assert openapi.Description().problems(traffic) == []
    assert traffic.unknown_routes == []
    assert len({(exchange.method, exchange.route) for exchange in traffic}) > 30


async def use_commands(scene: Scene) -> None:
    guild, alice = scene.guild, scene.alice
    await guild.command(alice, "say", text="hi")
    await (await guild.command(alice, "think")).until(lambda now: len(now.followups) == 1)
    await guild.command(alice, "show", role=scene.holder, file=Upload("a.txt", b"x"))
    counting = await guild.command(alice, "count")
    await counting.press("Count")
    await (await counting.select("Pick", ["One"])).settled()
    await (await guild.command(alice, "greet")).submit({"Your name": "Alice"})
    await (await guild.command(alice, "survey")).submit({"Colour": ["r"]})
    await guild.autocomplete(scene.owner, "rule add", focused="expression", value="f")


async def use_rest(scene: Scene, bot: SampleBot) -> None:
    guild, alice, http = scene.guild, scene.alice, bot.http
    guild.edit_role(guild.bot_role, permissions=int(Permission.ADMINISTRATOR))
    await http.add_role(guild.id, alice.id, scene.holder.id, reason="holds")
    await http.edit_member(guild.id, alice.id, roles=[], nick="al")
    await http.remove_role(guild.id, alice.id, scene.holder.id, reason="holds not")
    for role_id in (4711, guild.id):
        with contextlib.suppress(discord.HTTPException):
            await http.add_role(guild.id, alice.id, role_id)
    await http.get_member(guild.id, alice.id)
    await http.get_members(guild.id, 10, None)
    fetched = await bot.fetch_guild(guild.id)
    await fetched.role_member_counts()
    await fetched.fetch_roles()
    await fetched.fetch_channels()
    assert [entry async for entry in fetched.audit_logs(limit=20)]
    role = await fetched.create_role(name="Made", colour=discord.Colour.red())
    await role.edit(name="Renamed")
    await fetched.fetch_role(role.id)
    await role.delete()
    await bot.fetch_user(alice.id)
    channel = await bot.fetch_channel(scene.log.id)
    assert isinstance(channel, discord.TextChannel)
    view = discord.ui.View(timeout=None)
    view.add_item(VerifyButton(1)).add_item(discord.ui.Button(label="Site", url="https://example.org"))
    embed = discord.Embed(title="T", description="D", colour=1, timestamp=discord.utils.utcnow())
    embed.add_field(name="n", value="v").set_footer(text="f").set_author(name="a")
    message = await channel.send("x", embed=embed, view=view, file=discord.File(__file__))
    await message.edit(content="y")
    await channel.fetch_message(message.id)
    assert [one async for one in channel.history(limit=5)]
    await message.delete()
    await channel.send(view=layout())
    commands = await bot.tree.fetch_commands()
    await bot.tree.fetch_command(commands[0].id)
    await commands[0].edit(description="Another")
    await commands[0].delete()
    await bot.tree.sync(guild=discord.Object(guild.id))
    await bot.application_info()
    assert [one async for one in bot.fetch_guilds()]


def layout() -> discord.ui.LayoutView:
    """A message of Components V2."""
    view = discord.ui.LayoutView()
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=0x123456)
    container.add_item(discord.ui.TextDisplay("# Panel")).add_item(discord.ui.Separator())
    container.add_item(discord.ui.Section("Verify here", accessory=VerifyButton(2).item))
    container.add_item(discord.ui.ActionRow(discord.ui.Button(label="Go", custom_id="go")))
    return view.add_item(container)
