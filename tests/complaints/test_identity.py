"""Complaints about bots that take one person, wallet or role for another."""

from datetime import timedelta

from bot.demo import moves
from bot.sandbox.wallets import ChiaTestWallet
from tests.complaints.conftest import Holding
from tests.e2e.acting import Server, friend

ALICE = ChiaTestWallet.from_seed("alice")


async def test_a_replayed_signature(server: Server) -> None:
    """A signature that Alice made is worth nothing to anybody else, and to herself only once."""
    alice, mallory, role = server.joined("alice"), server.joined("mallory"), server.role("Holder")
    server.hand(ALICE, friend(1))
    await server.add_friends()
    await server.add_rule(role, "friends")
    request = await moves.ask_to_link(server.guild, alice, ALICE)
    signature = ALICE.sign(moves.text_to_sign(request))
    stolen = await moves.paste(await moves.ask_to_link(server.guild, mallory, ALICE), signature)
    assert "Linked" not in stolen.text
    assert "Linked" in (await moves.paste(request, signature)).text
    await server.gives(alice, role)

    # Everybody has seen it now. It is pasted into a new request, by both, before and after she gives the wallet up.
    for user in (mallory, alice):
        assert "Linked" not in (await moves.paste(await moves.ask_to_link(server.guild, user, ALICE), signature)).text
    await server.use(alice, "wallet unlink", wallet=ALICE.address.text)
    await server.takes(alice, role)
    for user in (mallory, alice):
        assert "Linked" not in (await moves.paste(await moves.ask_to_link(server.guild, user, ALICE), signature)).text
        assert ALICE.address.short not in (await server.use(user, "wallet list")).text
    await server.sweep()
    assert not server.has(mallory, role)
    assert not server.has(alice, role)


async def test_a_replayed_signature_on_the_same_request(server: Server) -> None:
    """One request takes one answer: a form that was left open cannot bring an unlinked wallet back."""
    alice = server.joined("alice")
    request = await moves.ask_to_link(server.guild, alice, ALICE)
    signature = ALICE.sign(moves.text_to_sign(request))
    first, second = await request.press(moves.PASTE_BUTTON), await request.press(moves.PASTE_BUTTON)
    await (await first.submit({first.modal.fields[0].label: signature})).settled()
    await request.until(lambda now: "Linked" in now.text)
    await server.use(alice, "wallet unlink", wallet=ALICE.address.text)

    await second.submit({second.modal.fields[0].label: signature})
    await request.until(lambda now: "was answered already" in now.text)

    assert ALICE.address.short not in (await server.use(alice, "wallet list")).text


async def test_names_used_as_keys(alice: Holding) -> None:
    """Members, roles and servers are renamed, and others take their names. Nothing follows the name."""
    server = alice.server
    double = server.joined("alice")
    twin = server.role("Holder")
    server.guild.edit_role(alice.role, name="Renamed")
    server.guild.edit(name="Renamed")
    other = Server.opened(server.stage, "Friends")
    other.joined(alice.user)
    other.joined(double)
    theirs = other.role("Holder")
    await other.add_friends()
    await other.add_rule(theirs, "friends >= 3", grace="0")
    await alice.a_day_passes()
    assert alice.has_role
    assert not server.has(double, alice.role)
    assert not server.has(double, twin)
    assert not server.has(alice.user, twin)
    assert not other.has(alice.user, theirs)
    assert alice.role_writes == ["PUT"]

    await alice.sells_everything()
    server.hand(alice.wallet, friend(1), friend(2))
    alice.clock.leap(timedelta(hours=7))
    await server.gives(alice.user, alice.role)
    assert not server.has(alice.user, twin)


async def test_names_used_as_keys_when_a_role_is_made_anew(alice: Holding) -> None:
    """The role is deleted, and another one gets its name: the rule does not jump over."""
    server = alice.server
    server.guild.delete_role(alice.role)
    twin = server.role("Holder")
    await server.sweep()
    alice.clock.leap(timedelta(days=1))
    await server.sweep()
    assert not server.has(alice.user, twin)


async def test_names_used_as_keys_when_a_collection_is_made_anew(alice: Holding) -> None:
    """The collection is removed: what the rule asked for is not known any more, and nothing is taken for it."""
    server = alice.server
    await server.use(server.owner, "collection remove", name="friends")
    await alice.a_day_passes()
    assert alice.has_role
