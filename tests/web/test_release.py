"""Releasing a wallet by signature alone."""

from datetime import timedelta

import pytest

from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LeapClock, friend
from tests.web.acting import Json, Site, Visitor, challenge_for, proof_of

CHIA = ChiaTestWallet.from_seed("victim")
ETHEREUM = EthereumTestWallet.from_seed("victim")


async def asked(visitor: Visitor, wallet: ChiaTestWallet | EthereumTestWallet) -> Json:
    reply = await visitor.post("/api/release/challenge", challenge_for(wallet))
    assert reply.status == 201, reply.text
    return reply.json


async def test_the_owner_of_the_key_takes_the_wallet_back_from_whoever_holds_it(site: Site, visitor: Visitor) -> None:
    server = site.server
    mallory, holder = server.joined("mallory"), server.role("Holder")
    server.hand(CHIA, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.link(mallory, CHIA)
    await server.gives(mallory, holder)

    request = await asked(visitor, CHIA)
    assert "unlink this Chia wallet from the Discord user who holds it" in str(request["text"])
    reply = await visitor.post("/api/release/proof", {**proof_of(request, CHIA), "key": request["key"]})

    assert reply.json["outcome"] == "released"
    assert str(mallory.id) not in reply.text
    await server.takes(mallory, holder)
    await server.stage.discord.until(lambda: any("was released from" in line.content for line in server.log.messages))
    assert not any(CHIA.address.text in line.content for line in server.log.messages)
    assert "no wallet linked" in (await server.use(mallory, "wallet list")).text


async def test_a_wallet_that_nobody_holds_is_told_so(visitor: Visitor) -> None:
    request = await asked(visitor, ETHEREUM)
    reply = await visitor.post("/api/release/proof", {**proof_of(request, ETHEREUM), "key": request["key"]})
    assert (reply.status, reply.json["outcome"]) == (200, "not_linked")


async def test_nobody_else_can_use_up_a_request(visitor: Visitor) -> None:
    request = await asked(visitor, ETHEREUM)
    for key in ("", "x" * 43):
        reply = await visitor.post("/api/release/proof", {**proof_of(request, ETHEREUM), "key": key})
        assert (reply.status, reply.code) == (403, "challenge_of_other_session")
    reply = await visitor.post("/api/release/proof", {**proof_of(request, ETHEREUM), "key": request["key"]})
    assert reply.status == 200


async def test_somebody_elses_signature_releases_nothing(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    await site.server.link(alice, ETHEREUM)
    request = await asked(visitor, ETHEREUM)
    forged = proof_of(request, EthereumTestWallet.from_seed("mallory"))
    reply = await visitor.post("/api/release/proof", {**forged, "key": request["key"]})
    assert reply.status == 422
    assert ETHEREUM.address.short in (await site.server.use(alice, "wallet list")).text


async def test_a_request_expires(visitor: Visitor, clock: LeapClock) -> None:
    request = await asked(visitor, ETHEREUM)
    clock.leap(timedelta(minutes=10, seconds=1))
    reply = await visitor.post("/api/release/proof", {**proof_of(request, ETHEREUM), "key": request["key"]})
    assert (reply.status, reply.code) == (410, "challenge_expired")


async def test_it_needs_no_cookie_but_our_own_page(visitor: Visitor) -> None:
    reply = await visitor.post("/api/release/challenge", challenge_for(ETHEREUM), Origin="https://evil.example")
    assert (reply.status, reply.code) == (403, "wrong_origin")
    await asked(visitor, ETHEREUM)
    assert list(visitor.cookies) == []


@pytest.mark.parametrize("language", ["en", "de", "es"])
async def test_the_page_follows_the_browsers_language(visitor: Visitor, language: str) -> None:
    page = await visitor.get("/release", Accept_Language=f"fr, {language};q=0.8")
    assert f'<html lang="{language}">' in page.text


async def test_twenty_requests_a_minute_are_enough(visitor: Visitor) -> None:
    for _ in range(20):
        await visitor.post("/api/release/challenge", {"network": "loopring", "address": "0x0"})
    reply = await visitor.post("/api/release/challenge", challenge_for(ETHEREUM))
    assert (reply.status, reply.code) == (429, "too_many_requests")
