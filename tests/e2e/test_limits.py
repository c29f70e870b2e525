"""The largest server there can be: lists come in pages, suggestions are cut, and one more is refused."""

import re
from datetime import timedelta

import pytest

from bot.domain.expressions import Comparison, Operator, Or
from bot.domain.networks import Network
from bot.domain.selectors import Selector, SelectorKind
from bot.sandbox.discord import InteractionResult, Message, User
from bot.sandbox.wallets import ChiaTestWallet
from bot.services.collections import MOST_COLLECTIONS
from bot.services.rule_plans import MOST_RULES
from tests.e2e.acting import Server, friend

ALICE = ChiaTestWallet.from_seed("alice")
CONTENT, EMBEDS, DESCRIPTION = 2000, 6000, 4096
"""Discord's limits, in characters."""


@pytest.fixture
async def full(server: Server) -> Server:
    """The server with as many collections and rules as there can be, some of them as long as a rule can be."""
    names = [f"collection_with_a_long_name_{number:03}" for number in range(MOST_COLLECTIONS)]
    long = Or(tuple(Comparison(name, Operator.AT_LEAST, 999_999) for name in names[:20]))
    short = Comparison(names[0], Operator.AT_LEAST, 2)
    async with server.stage.holdfast.store.unit() as unit:
        now = server.stage.holdfast.services.clock.now()
        for name in names:
            await unit.collections.add(server.guild.id, name, Selector(Network.CHIA_MAINNET, SelectorKind.ANY), now)
        for number in range(MOST_RULES):
            # Discord has at most 250 roles in a server, its own among them: some of these are gone.
            role_id = server.role("🦊" * 100).id if number < 200 else number + 1
            await unit.rules.add(
                server.guild.id, role_id, "**boss**" * 12, short if number % 50 else long, timedelta(days=1)
            )
    # Whether the bot finds out by itself which roles are gone depends on when it was told of the server. Found out
    # while somebody turns pages, it would move entries from page to page.
    await server.stage.holdfast.services.memberships.connected(server.guild.id, frozenset(server.guild.roles))
    return server


def fits(message: Message) -> None:
    """Check a message against Discord's limits."""
    assert len(message.content) <= CONTENT
    assert sum(len(str(embed.get("description", ""))) for embed in message.embeds) <= min(EMBEDS, DESCRIPTION)


async def read_through(server: Server, user: User, command: str) -> tuple[int, str]:
    """Press "Next" to the end. Returns the number of pages, and everything that was on them."""
    shown: InteractionResult = await server.use(user, command)
    read = ""
    number = 1

    def has_turned(now: InteractionResult) -> bool:
        return f"Page {number} of" in now.text

    while True:
        fits(shown.message)
        read += shown.text
        pages = re.search(r"Page (\d+) of (\d+)", shown.text)
        assert pages is not None, shown.text
        if pages[1] == pages[2]:
            return number, read
        number += 1
        await (await shown.press("Next")).settled()
        await shown.until(has_turned)


@pytest.mark.parametrize("command", ["rule list", "collection list", "doctor"])
async def test_every_entry_is_on_a_page_that_fits(full: Server, command: str) -> None:
    pages, read = await read_through(full, full.owner, command)
    assert pages > 2
    expected = {"rule list": MOST_RULES, "collection list": MOST_COLLECTIONS, "doctor": MOST_RULES}[command]
    heads = {"rule list": r"Grace 1d", "collection list": r"\*\*`collection", "doctor": r"Rule for “"}[command]
    assert len(re.findall(heads, read)) == expected
    assert "**boss**" not in read


async def test_a_member_reads_about_every_role(full: Server) -> None:
    alice = full.joined("alice")
    full.hand(ALICE, friend(1))
    await full.link(alice, ALICE)
    pages, read = await read_through(full, alice, "roles why")
    assert pages > 10
    assert len(re.findall("asks for", read)) == MOST_RULES


async def test_one_more_is_refused_with_what_can_be_done(full: Server) -> None:
    role = full.role("One more")
    refused = await full.use(full.owner, "rule add", role=role, expression="collection_with_a_long_name_001")
    assert f"This server has {MOST_RULES} rules" in refused.text
    assert "`/rule remove`" in refused.text
    refused = await full.use(full.owner, "collection add", name="more", network="chia-mainnet", kind="any")
    assert f"This server has {MOST_COLLECTIONS} collections" in refused.text
    assert "`/collection remove`" in refused.text


async def test_an_unknown_name_among_two_hundred_fits_into_the_answer(full: Server) -> None:
    refused = await full.use(
        full.owner, "rule edit", role=next(iter(full.guild.roles.values())), expression="colection_with_a_long_name_7"
    )
    fits(refused.message)
    assert "Nothing" in refused.text or "nothing was changed" in refused.text or "no rule" in refused.text


async def test_suggestions_are_at_most_twenty_five(full: Server) -> None:
    guild, role = full.guild, full.role("x")
    assert len(await guild.autocomplete(full.owner, "collection remove", focused="name", value="")) == 25
    assert len(await guild.autocomplete(full.owner, "rule remove", focused="deleted", value="boss")) == 25
    offered = await guild.autocomplete(
        full.owner, "rule add", focused="expression", value="collection_with_a_long_name_199", role=role
    )
    assert [choice.value for choice in offered] == ["collection_with_a_long_name_199"]
    too_long = "collection_with_a_long_name_001 and " * 20
    assert await guild.autocomplete(full.owner, "rule add", focused="expression", value=too_long, role=role) == ()
