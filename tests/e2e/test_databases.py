"""The whole way of a role, from the link to the removal, on each database that the bot supports."""

from datetime import timedelta

import pytest

from bot.demo import moves
from bot.sandbox.balances import Fault
from bot.sandbox.discord import Choice
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LOOP_PASS, LeapClock, Server, eventually, friend
from tests.postgres import Database

CHARLIE, LOIS, NORA = (
    ChiaTestWallet.from_seed("charlie"),
    EthereumTestWallet.from_seed("lois"),
    ChiaTestWallet.from_seed("nora"),
)


@pytest.fixture
def settings(database_url: str) -> dict[str, str]:
    return {"HOLDFAST_DATABASE__URL": database_url}


async def test_a_role_lives_from_link_to_removal(server: Server, clock: LeapClock, database: Database) -> None:
    url = server.stage.settings.database.url.get_secret_value()
    assert url.startswith(database.value)
    charlie, lois, nora = server.joined("charlie"), server.joined("lois"), server.joined("nora")
    holder, looper = server.role("Holder"), server.role("Looper")
    await server.use(server.owner, "settings set", log_channel=server.log, grace="1h")
    await server.add_friends()
    await server.add_loop_pass()
    await server.add_rule(holder, "friends")
    await server.add_rule(looper, "loop_pass >= 2", grace="0")
    server.hand(CHARLIE, friend(1))
    server.hand(LOIS, LOOP_PASS, amount=2)

    # Linking, with the roles at once, and the same role twice is no second write.
    refused = await moves.paste(await moves.ask_to_link(server.guild, charlie, CHARLIE), CHARLIE.sign("another text"))
    assert "Not linked" in refused.text
    assert "Linked" in (await moves.paste(refused, CHARLIE.sign(moves.text_to_sign(refused)))).text
    assert "Linked" in (await server.link(lois, LOIS)).text
    await server.gives(charlie, holder)
    await server.gives(lois, looper)
    await server.sweep()
    assert len(server.stage.discord.traffic.role_writes) == 2

    # The NFT moves while the balance service is down: nothing changes, over a restart too.
    spacescan = server.balances_of(CHARLIE)
    spacescan.move(friend(1), CHARLIE.address, NORA.address)
    spacescan.fail(Fault.SERVER_ERROR)
    await server.sweep()
    await server.stage.restart_bot()
    assert "cannot tell at the moment" in (await server.use(charlie, "roles why")).text
    assert server.has(charlie, holder)

    # It is back: two readings, then the grace period, then the role goes and comes to the buyer.
    spacescan.heal()
    await server.sweep()
    assert server.has(charlie, holder)
    clock.leap(timedelta(minutes=31))
    await server.sweep()
    assert "You keep the role until" in (await server.use(charlie, "roles why")).text
    assert server.has(charlie, holder)
    clock.leap(timedelta(minutes=61))
    await server.takes(charlie, holder)
    assert "Linked" in (await server.link(nora, NORA)).text
    await server.gives(nora, holder)

    # Unlinking has no grace; leaving and coming back needs no new signature.
    await server.use(lois, "wallet unlink", wallet=LOIS.address.text)
    await server.takes(lois, looper)
    server.guild.remove_member(nora)
    server.joined(nora)
    await server.gives(nora, holder)

    # A newer proof wins.
    assert "another member" in (await server.link(charlie, NORA)).text
    await server.takes(nora, holder)
    await server.gives(charlie, holder)
    assert "All is well here" in (await server.use(server.owner, "doctor")).text
    removed = await server.change_rule(server.owner, "rule remove", role=holder, take_roles=True)
    assert "being taken back" in removed.text
    await server.takes(charlie, holder)


async def test_who_leaves_and_returns_at_once_is_there_however_often(server: Server) -> None:
    server.stage.discord.rate_limits.enabled = False  # they allow one write a second
    nora, holder = server.joined("nora"), server.role("Holder")
    server.hand(NORA, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    await server.link(nora, NORA)
    for _ in range(20):
        await server.gives(nora, holder)
        server.guild.remove_member(nora)
        server.joined(nora)
    await server.gives(nora, holder)


async def test_a_change_is_previewed_and_the_sweep_that_followed_undone(server: Server) -> None:
    nora, holder = server.joined("nora"), server.role("Holder")
    server.hand(NORA, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends", grace="0")
    await server.link(nora, NORA)
    await server.gives(nora, holder)
    asked = await server.use(server.owner, "rule edit", role=holder, expression="friends >= 3")
    assert "1 member loses the role at once" in asked.text
    assert "Rule changed" in (await moves.confirm(asked)).text
    await server.takes(nora, holder)

    # What followed the change of the rule is a sweep of its own.
    async def offered() -> tuple[Choice, ...]:
        return await server.guild.autocomplete(server.owner, "sweep undo", focused="sweep", value="")

    async def are_two() -> bool:
        return len(await offered()) == 2

    await eventually(are_two)
    newest, older = await offered()
    assert newest.name.endswith("by itself: 1 taken")
    assert older.name.endswith("by itself: 1 given")
    undo = await server.use(server.owner, "sweep undo", sweep=newest.value)
    await undo.press("Give back 1 role")
    await undo.until(lambda shown: "1 role was given back, 0 taken back" in shown.text)
    assert server.has(nora, holder)
