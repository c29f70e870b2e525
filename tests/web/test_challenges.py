"""Challenges on the page: bound to one member, server, browser, network and purpose, and good for one answer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.domain.challenges import Purpose
from bot.sandbox.discord import User
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LeapClock, Server
from tests.web.acting import Site, Visitor, challenge_for, link_in, proof_of
from tests.web.conftest import OpenSite

CHIA = ChiaTestWallet.from_seed("alice")
ETHEREUM = EthereumTestWallet.from_seed("alice")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two members with a session each, logged in."""

    site: Site
    alice: Visitor
    mallory: Visitor
    alice_user: User
    mallory_user: User

    async def counted(self, reason: str, purpose: Purpose = Purpose.LINK) -> bool:
        """Whether the metrics count exactly one refusal with that reason."""
        shown = (await self.alice.get("/metrics")).text
        line = f'holdfast_challenges_total{{outcome="refused",purpose="{purpose.value}",reason="{reason}"}} 1.0'
        return line in shown.splitlines()


async def logged_in(site: Site, visitor: Visitor, user: User) -> Visitor:
    site.log_in_as(user)
    assert (await visitor.get(await site.invite(user))).status == 200
    await visitor.session()
    return visitor


@pytest.fixture
async def pair(oauth_site: Site) -> AsyncIterator[Pair]:
    alice, mallory = oauth_site.server.joined("alice"), oauth_site.server.joined("mallory")
    async with oauth_site.visitor() as first, oauth_site.visitor() as second:
        yield Pair(
            oauth_site,
            await logged_in(oauth_site, first, alice),
            await logged_in(oauth_site, second, mallory),
            alice,
            mallory,
        )


async def test_a_guessed_challenge_is_refused(pair: Pair) -> None:
    guess = {"challenge_id": 4711, "network": "chia-mainnet", "answer": "0x00"}
    reply = await pair.alice.post("/api/proof", guess)
    assert (reply.status, reply.code) == (404, "challenge_unknown")
    assert await pair.counted("challenge_unknown")


async def test_a_replayed_answer_is_refused(pair: Pair) -> None:
    proof = proof_of(await pair.alice.challenge(ETHEREUM), ETHEREUM)
    assert (await pair.alice.post("/api/proof", proof)).status == 200
    reply = await pair.alice.post("/api/proof", proof)
    assert (reply.status, reply.code) == (409, "challenge_used")
    assert await pair.counted("challenge_used")


async def test_a_challenge_of_another_member_is_refused_and_stays_usable(pair: Pair) -> None:
    proof = proof_of(await pair.alice.challenge(ETHEREUM), ETHEREUM)
    reply = await pair.mallory.post("/api/proof", proof)
    assert (reply.status, reply.code) == (403, "challenge_of_other_member")
    assert await pair.counted("challenge_of_other_member")
    assert (await pair.alice.post("/api/proof", proof)).json["outcome"] == "linked"


async def test_a_challenge_of_another_server_is_refused(pair: Pair) -> None:
    elsewhere = Server.opened(pair.site.server.stage, "Elsewhere")
    elsewhere.joined(pair.alice_user)
    async with pair.site.visitor() as visitor:
        await logged_in(Site(elsewhere, pair.site.origin), visitor, pair.alice_user)
        proof = proof_of(await visitor.challenge(ETHEREUM), ETHEREUM)
    reply = await pair.alice.post("/api/proof", proof)
    assert (reply.status, reply.code) == (403, "challenge_of_other_server")
    assert await pair.counted("challenge_of_other_server")


async def test_a_challenge_of_another_browser_is_refused(pair: Pair) -> None:
    async with pair.site.visitor() as visitor:
        await logged_in(pair.site, visitor, pair.alice_user)
        proof = proof_of(await visitor.challenge(ETHEREUM), ETHEREUM)
    reply = await pair.alice.post("/api/proof", proof)
    assert (reply.status, reply.code) == (403, "challenge_of_other_session")
    assert await pair.counted("challenge_of_other_session")


async def test_a_challenge_of_another_network_is_refused(pair: Pair) -> None:
    challenge = await pair.alice.challenge(ETHEREUM)
    proof = {**proof_of(challenge, ETHEREUM), "network": "loopring-testnet"}
    reply = await pair.alice.post("/api/proof", proof)
    assert (reply.status, reply.code) == (403, "challenge_of_other_network")
    assert await pair.counted("challenge_of_other_network")


async def test_a_signature_for_another_purpose_is_refused(pair: Pair) -> None:
    asked = await pair.alice.post("/api/release/challenge", challenge_for(ETHEREUM))
    proof = proof_of(asked.json, ETHEREUM)
    reply = await pair.alice.post("/api/proof", proof)
    assert (reply.status, reply.code) == (403, "challenge_of_other_purpose")
    assert await pair.counted("challenge_of_other_purpose")

    linking = await pair.alice.challenge(ETHEREUM)
    crossed = {**proof_of(linking, ETHEREUM), "key": asked.json["key"]}
    reply = await pair.alice.post("/api/release/proof", crossed)
    assert (reply.status, reply.code) == (403, "challenge_of_other_purpose")
    assert await pair.counted("challenge_of_other_purpose", Purpose.UNLINK)


async def test_a_signature_of_the_other_text_does_not_prove_anything(pair: Pair) -> None:
    asked = await pair.alice.post("/api/release/challenge", challenge_for(ETHEREUM))
    linking = await pair.alice.challenge(ETHEREUM)
    mixed = {**proof_of(linking, ETHEREUM), "answer": ETHEREUM.sign(str(asked.json["text"]))}
    reply = await pair.alice.post("/api/proof", mixed)
    assert reply.status == 422
    assert await pair.counted(reply.code)


async def test_an_expired_challenge_is_refused(pair: Pair, clock: LeapClock) -> None:
    proof = proof_of(await pair.alice.challenge(ETHEREUM), ETHEREUM)
    clock.leap(timedelta(minutes=11))
    reply = await pair.alice.post("/api/proof", proof)
    assert (reply.status, reply.code, reply.json["again"]) == (410, "challenge_expired", True)
    assert await pair.counted("challenge_expired")


async def test_the_session_ends_after_a_quarter_of_an_hour(pair: Pair, clock: LeapClock) -> None:
    clock.leap(timedelta(minutes=16))
    assert (await pair.alice.get("/api/session")).code == "no_session"
    assert (await pair.alice.post("/api/challenge", challenge_for(ETHEREUM))).code == "no_session"


async def test_there_are_at_most_five_open_challenges(pair: Pair) -> None:
    for _ in range(4):  # one more was shown in Discord beside the link
        await pair.alice.challenge(ETHEREUM)
    reply = await pair.alice.post("/api/challenge", challenge_for(ETHEREUM))
    assert (reply.status, reply.code) == (429, "too_many_challenges")


async def test_the_text_shown_in_discord_is_the_first_that_the_wallet_shows(pair: Pair) -> None:
    user = pair.site.server.joined("carol")
    answer = await pair.site.ask(user)
    pair.site.log_in_as(user)
    async with pair.site.visitor() as visitor:
        await visitor.get(link_in(answer))
        await visitor.session()
        challenge = await visitor.challenge(CHIA)
        assert str(challenge["text"]) in answer.text
        proof = proof_of(challenge, CHIA)
        assert (await visitor.post("/api/proof", proof)).json["outcome"] == "linked"
        assert (await visitor.challenge(CHIA))["text"] != challenge["text"]


async def test_the_signature_can_still_be_pasted_in_discord_instead(site: Site) -> None:
    alice = site.server.joined("alice")
    answer = await site.server.link(alice, CHIA)
    assert "Linked" in answer.text


async def test_of_200_submissions_of_one_challenge_exactly_one_wins(open_site: OpenSite) -> None:
    async with open_site({"log_in": "yes"}) as site, site.visitor() as visitor:
        alice = site.server.joined("alice")
        await logged_in(site, visitor, alice)
        page = site.server.stage.holdfast.services.verify_page
        assert page is not None
        challenge = await visitor.challenge(ETHEREUM)
        proof = proof_of(challenge, ETHEREUM)

        replies = await asyncio.gather(*(visitor.post("/api/proof", proof) for _ in range(200)))

        won = [reply for reply in replies if reply.status == 200]
        assert len(won) == 1
        assert {reply.code for reply in replies if reply.status != 200} <= {"challenge_used", "too_many_requests"}
        links = await site.server.stage.holdfast.services.wallets.of(alice.id)
        assert [link.wallet.address for link in links] == [ETHEREUM.address]
