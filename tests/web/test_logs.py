"""No secret, no token and no full address in any log line, whatever people do on the page."""

import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog

from bot.config import LoggingSettings
from bot.demo.moves import text_to_sign
from bot.logs import configure_logging
from bot.sandbox.discord import User
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import friend
from tests.web.acting import Site, Visitor, challenge_for, proof_of

CHIA = ChiaTestWallet.from_seed("alice")
ETHEREUM = EthereumTestWallet.from_seed("alice")


@pytest.fixture
def everything_logged(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """The host's log at its most talkative."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level, structlog.get_config())
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    configure_logging(LoggingSettings(level="debug"))
    yield capfd
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    root.handlers, level_before, config = before
    root.setLevel(level_before)
    structlog.configure(**config)


async def wander(site: Site, visitor: Visitor, alice: User) -> set[str]:
    """Do everything that can be done on the site, right and wrong; return what must not be in the log."""
    url = await site.invite(alice)
    secrets = {url.rsplit("/", 1)[1], CHIA.address.text, ETHEREUM.address.text, ETHEREUM.address.display}
    await visitor.get(url, follow=False)
    asked = (await visitor.get("/oauth/login", follow=False)).headers["Location"]
    callback = (await visitor.get(asked, follow=False)).headers["Location"]
    secrets |= {value for values in parse_qs(urlsplit(callback).query).values() for value in values}
    await visitor.get(callback.replace("code=", "code=x"))
    await visitor.get(url)
    await visitor.session()
    secrets |= {cookie.value for cookie in visitor.cookies} | {visitor.csrf}
    challenge = await visitor.challenge(ETHEREUM)
    proof = proof_of(challenge, ETHEREUM)
    secrets.add(str(proof["answer"]))
    for body in (proof, proof, {**proof, "challenge_id": 99}, {**proof, "answer": "0x" + "ab" * 65}):
        await visitor.post("/api/proof", body)
    await visitor.prove(CHIA)
    await visitor.post("/api/challenge", {"network": "loopring", "address": ETHEREUM.address.text + "0"})
    await visitor.post("/api/challenge", b"{" + ETHEREUM.address.text.encode())
    released = (await visitor.post("/api/release/challenge", challenge_for(ETHEREUM))).json
    secrets.add(str(released["key"]))
    await visitor.post("/api/release/proof", {**proof_of(released, ETHEREUM), "key": released["key"]})
    await visitor.get(f"/nothing/{ETHEREUM.address.text}")
    await visitor.get(url, Host="evil.example")
    return {secret for secret in secrets if secret}


async def test_nothing_secret_is_logged_at_any_level(
    everything_logged: pytest.CaptureFixture[str], oauth_site: Site
) -> None:
    server = oauth_site.server
    alice, holder = server.joined("alice"), server.role("Holder")
    server.hand(CHIA, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    oauth_site.log_in_as(alice)
    async with oauth_site.visitor() as visitor:
        secrets = await wander(oauth_site, visitor, alice)
    secrets.add(server.stage.discord.oauth.client_secret)
    out, err = everything_logged.readouterr()
    written = (out + err).splitlines()
    assert any("challenge.refused" in line for line in written)
    for secret in secrets:
        assert [line for line in written if secret in line] == [], secret


async def test_what_is_typed_into_discord_is_not_logged_either(
    everything_logged: pytest.CaptureFixture[str], site: Site, visitor: Visitor
) -> None:
    alice = site.server.joined("alice")
    request = await site.ask(alice, "loopring", address=ETHEREUM.address.display)
    form = await request.press("Paste signature")
    signature = ETHEREUM.sign(text_to_sign(request))
    await (await form.submit({"text": signature})).settled()
    await request.until(lambda shown: "Linked" in shown.text)
    url = await site.invite(alice)
    await visitor.begin(url)
    code = str((await visitor.prove(CHIA)).json["code"])
    await site.type_code(alice, code)

    written = "".join(everything_logged.readouterr())

    assert "challenge.refused" not in written
    token = site.server.stage.discord.token
    for secret in (signature, code, url, token, ETHEREUM.address.text, ETHEREUM.address.display):
        assert secret not in written


async def test_a_fault_of_our_own_is_told_shortly_and_logged_without_what_was_sent(
    everything_logged: pytest.CaptureFixture[str],
    site: Site,
    visitor: Visitor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await visitor.begin(await site.invite(site.server.joined("alice")))

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    page = site.server.stage.holdfast.services.verify_page
    assert page is not None
    monkeypatch.setattr(type(page.linking), "prove", broken)
    reply = await visitor.post("/api/proof", {"challenge_id": 1, "network": "loopring", "answer": "hush"})
    assert (reply.status, reply.code) == (500, "internal")
    assert "ZeroDivisionError" not in reply.text
    _, err = everything_logged.readouterr()
    assert "ZeroDivisionError" in err
    assert "hush" not in err
