"""Linking wallets on the page, from the link in Discord to the role."""

from bot.sandbox.balances import Fault
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import friend
from tests.web.acting import Site, Visitor
from tests.web.conftest import OpenSite

CHIA = ChiaTestWallet.from_seed("alice")


async def test_a_code_typed_into_discord_completes_the_link_and_brings_the_role(site: Site, visitor: Visitor) -> None:
    server = site.server
    alice, holder = server.joined("alice"), server.role("Holder")
    server.hand(CHIA, friend(1), friend(2))
    await server.add_friends()
    await server.add_rule(holder, "friends >= 2")

    session = await visitor.begin(await site.invite(alice))
    assert session["member"] == {"id": str(alice.id), "username": "alice"}
    assert (session["mode"], session["confirmed"], session["wallets"]) == ("code", False, [])
    proven = await visitor.prove(CHIA)
    assert proven.json["outcome"] == "code"
    assert not server.has(alice, holder)

    answer = await site.type_code(alice, proven.json["code"])

    assert "Linked" in answer.text
    assert server.has(alice, holder)
    after = await visitor.session()
    assert after["confirmed"] is True
    assert after["pending"] is None
    assert after["roles"] == {"given": ["Holder"], "taken": [], "settled": True}
    linked = {"network": "chia-mainnet", "label": "Chia", "address": CHIA.address.short, "new": True}
    assert after["wallets"] == [linked]


async def test_a_newer_proof_moves_the_wallet_without_naming_its_former_holder(site: Site, visitor: Visitor) -> None:
    alice, bob = site.server.joined("alice"), site.server.joined("bob")
    await site.server.link(alice, CHIA)
    await visitor.begin(await site.invite(bob))
    code = (await visitor.prove(CHIA)).json["code"]
    assert "another member" in (await site.type_code(bob, code)).text
    moved_back = await site.server.link(alice, CHIA)
    assert "another member" in moved_back.text

    late = await visitor.prove(CHIA)

    assert (late.status, late.code, late.json["again"]) == (409, "cool_down", False)
    assert str(alice.id) not in late.text


async def test_a_wallet_that_cannot_be_read_yet_is_linked_and_told_so(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    site.server.balances_of(CHIA).fail(Fault.FORBIDDEN, times=None)
    await visitor.begin(await site.invite(alice))
    await site.type_code(alice, (await visitor.prove(CHIA)).json["code"])

    reply = await visitor.prove(ChiaTestWallet.from_seed("second"))

    assert (reply.json["outcome"], reply.json["reading"]) == ("linked", "unknown")
    assert "could not be read yet" in str(reply.json["message"])


async def test_a_network_without_a_provider_is_not_offered(open_site: OpenSite) -> None:
    async with open_site({"HOLDFAST_PROVIDERS__LOOPRING__ENABLED": "false"}) as site, site.visitor() as visitor:
        session = await visitor.begin(await site.invite(site.server.joined("alice")))
        offered = session["networks"]
        assert isinstance(offered, list)
        assert [network["id"] for network in offered] == ["chia-mainnet", "chia-testnet11"]
        assert offered[0]["prefix"] == "xch"
        reply = await visitor.post("/api/challenge", {"network": "loopring", "address": None})
        assert (reply.status, reply.code) == (409, "no_network")
