"""Users call commands, press buttons and fill modals; the bot is unmodified discord.py."""

from __future__ import annotations

import discord
import pytest

from bot.sandbox.discord import AnswerKind, NoAnswer, SandboxError, Upload, Value

from .bots import SampleBot, VerifyButton, running
from .conftest import Scene

pytestmark = pytest.mark.usefixtures("bot")


async def test_a_command_gets_its_typed_options_and_the_user_its_answer(scene: Scene) -> None:
    answer = await scene.guild.command(scene.alice, "say", text="hi", times=2, loud=True, network="Chia")
    assert answer.kind is AnswerKind.MESSAGE
    assert answer.content == "HI HI on chia-mainnet"
    assert not answer.ephemeral


async def test_a_deferred_command_settles_with_its_last_edit_and_its_follow_up(scene: Scene) -> None:
    answer = await scene.guild.command(scene.alice, "think", steps=2)
    assert answer.deferred
    await answer.until(lambda now: len(now.followups) == 1)
    assert answer.embeds[0]["title"] == "Done"
    assert answer.ephemeral
    assert answer.edits == 3
    assert "One more thing" in answer.text
    assert scene.guild.channel_named("general").messages == []


@pytest.mark.parametrize(("first", "names"), [(True, ["first.txt"]), (False, ["one.txt", "two.txt"])])
async def test_files_of_an_answer_replace_what_was_there_before(scene: Scene, first: bool, names: list[str]) -> None:
    answer = await (await scene.guild.command(scene.alice, "files", first=first)).until(lambda now: bool(now.followups))
    assert [file.filename for file in answer.files] == names
    assert [file.data.decode() for file in answer.files] == [name.removesuffix(".txt") for name in names]
    assert [file.filename for file in answer.followups[0].attachments] == ["more.txt"]
    assert answer.ephemeral


async def test_things_that_a_user_picks_arrive_as_what_they_are(scene: Scene) -> None:
    answer = await scene.guild.command(
        scene.alice,
        "show",
        member=scene.owner,
        role=scene.holder,
        channel=scene.log,
        file=Upload("list.txt", b"a,b", "text/plain"),
    )
    await answer.settled()
    assert answer.content == "owner Holder log a,b"


@pytest.mark.parametrize(
    ("command", "options", "complaint"),
    [
        ("nothing", {}, "no command /nothing"),
        ("say", {"text": "hi", "volume": 3}, "has no option volume"),
        ("say", {}, "needs text"),
        ("say", {"text": "x" * 41}, "1 to 40 characters"),
        ("say", {"text": "hi", "times": 4}, "at most 3"),
        ("say", {"text": "hi", "times": "two"}, "is a number"),
        ("say", {"text": "hi", "loud": "yes"}, "true or false"),
        ("say", {"text": "hi", "network": "doge"}, "is one of"),
        ("show", {"role": "4711"}, "is no user, role, channel or file"),
        ("rule", {}, "not complete; next may be: add"),
        ("rule remove", {}, "no sub-command 'remove'"),
    ],
)
async def test_what_a_client_would_not_send_is_refused_before_it_is_sent(
    scene: Scene, command: str, options: dict[str, Value], complaint: str
) -> None:
    with pytest.raises(SandboxError, match=complaint):
        await scene.guild.command(scene.owner, command, in_channel=None, **options)


async def test_a_command_for_managers_is_hidden_from_members_and_from_direct_messages(scene: Scene) -> None:
    with pytest.raises(SandboxError, match="hidden from alice: it needs"):
        await scene.guild.command(scene.alice, "rule add", role=scene.holder, expression="friends")
    with pytest.raises(SandboxError, match="for servers only"):
        await scene.sandbox.command(scene.owner, "rule add", role="1", expression="friends")
    answer = await scene.guild.command(scene.owner, "rule add", role=scene.holder, expression="friends >= 1")
    assert answer.content == "Holder: friends >= 1"


async def test_a_command_works_in_direct_messages_without_a_server(scene: Scene) -> None:
    answer = await scene.sandbox.command(scene.alice, "say", text="hi")
    assert answer.content == "hi on none"
    assert scene.sandbox.direct_messages == []  # it was not the bot that opened them


async def test_buttons_work_in_direct_messages(scene: Scene) -> None:
    answer = await scene.sandbox.command(scene.alice, "count")
    await answer.press("Count")
    assert answer.content == "Pressed 1 times"
    assert scene.sandbox.direct_messages == []


async def test_suggestions_follow_what_is_typed(scene: Scene) -> None:
    choices = await scene.guild.autocomplete(
        scene.owner, "rule add", focused="expression", value="fr", role=scene.holder
    )
    assert [choice.value for choice in choices] == ["friends", "fruits"]
    with pytest.raises(SandboxError, match="has no suggestions"):
        await scene.guild.autocomplete(scene.owner, "rule add", focused="role", value="x")


async def test_a_bot_that_stays_silent_is_told_on(scene: Scene) -> None:
    scene.sandbox.acting.answer_timeout = 0.05
    with pytest.raises(NoAnswer, match=r"/silent within 0\.05 s"):
        await scene.guild.command(scene.alice, "silent")


async def test_buttons_and_selects_edit_the_message_they_stand_on(scene: Scene) -> None:
    answer = await scene.guild.command(scene.alice, "count")
    pressed = await answer.press("Count")
    assert pressed.kind is AnswerKind.UPDATE
    assert pressed.message is answer.message
    await scene.guild.press(scene.owner, answer.message, "Count")
    assert answer.content == "Pressed 2 times"
    picked = await answer.select("Pick", ["Two"])
    await picked.settled()
    assert answer.content == "Picked Two"
    assert answer.edits == 3
    with pytest.raises(SandboxError, match="no button 'Nope'; there are: "):
        await answer.press("Nope")
    with pytest.raises(SandboxError, match="no option 'Three'"):
        await answer.select("Pick", ["Three"])


async def test_a_modal_of_text_inputs_is_filled_by_label(scene: Scene) -> None:
    opened = await scene.guild.command(scene.alice, "greet")
    assert (opened.modal.title, [one.label for one in opened.modal.fields]) == ("Greeting", ["Your name", "Note"])
    with pytest.raises(SandboxError, match="'Your name' is required"):
        await opened.submit({"Note": "hi"})
    with pytest.raises(SandboxError, match="0 to 20 characters"):
        await opened.submit({"Your name": "x" * 21})
    with pytest.raises(SandboxError, match="no field 'Age'"):
        await opened.submit({"Age": "3"})
    answer = await opened.submit({"Your name": "Alice"})
    assert answer.content == "Hello Alice, nothing"
    assert answer.ephemeral


async def test_a_modal_opened_by_a_button_knows_its_message(scene: Scene) -> None:
    answer = await scene.guild.command(scene.alice, "count")
    opened = await answer.press("Details")
    greeted = await opened.submit({"Your name": "Alice", "Note": "fine"})
    assert greeted.content == "Hello Alice, fine"


async def test_a_modal_of_labels_takes_selects_and_keeps_defaults(scene: Scene) -> None:
    opened = await scene.guild.command(scene.alice, "survey")
    answer = await opened.submit({"Colour": ["Blue"], "Role": [scene.holder]})
    assert answer.content == "friends >= 1 ['b'] Holder"
    with pytest.raises(SandboxError, match="closed"):
        await opened.submit({"Colour": ["r"]})
    again = await scene.guild.command(scene.alice, "survey")
    without = await again.submit({"Colour": ["r"], "expression": "cards"})
    assert without.content == "cards ['r'] "


async def test_a_persistent_button_survives_a_restart_of_the_bot(
    scene: Scene, bot: SampleBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = bot.get_partial_messageable(scene.log.id, guild_id=scene.guild.id)
    view = discord.ui.View(timeout=None)
    view.add_item(VerifyButton(7))
    await channel.send("Panel", view=view)
    await bot.close()
    async with running(scene.sandbox, SampleBot(), monkeypatch):
        answer = await scene.guild.press(scene.alice, scene.log.messages[-1], "Verify")
    assert answer.content == "Verifying for rule 7"
    assert answer.ephemeral


async def test_without_a_bot_nobody_answers(scene: Scene, bot: SampleBot) -> None:
    await bot.close()
    await scene.sandbox.until(lambda: not scene.sandbox.gateway.sessions)
    with pytest.raises(SandboxError, match="not connected"):
        await scene.guild.command(scene.alice, "say", text="hi")
