"""What does not get through the door."""

import asyncio
import json
from contextlib import suppress

import pytest

from bot.sandbox.wallets import EthereumTestWallet
from tests.web.acting import Site, Visitor, challenge_for
from tests.web.conftest import OpenSite
from tests.web.raw import request, send

WALLET = EthereumTestWallet.from_seed("alice")
CHALLENGE = challenge_for(WALLET)


@pytest.fixture
async def member(site: Site, visitor: Visitor) -> Visitor:
    """A browser with a session."""
    await visitor.begin(await site.invite(site.server.joined("alice")))
    return visitor


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": None}, "wrong_origin"),
        ({"Origin": "https://evil.example"}, "wrong_origin"),
        ({"Origin": "null"}, "wrong_origin"),
        ({"Sec_Fetch_Site": "cross-site"}, "wrong_origin"),
        ({"Sec_Fetch_Site": "same-site"}, "wrong_origin"),
        ({"X_Holdfast_Csrf": None}, "csrf"),
        ({"X_Holdfast_Csrf": "0" * 64}, "csrf"),
        ({"Content_Type": "text/plain"}, "not_json"),
        ({"Content_Type": "application/x-www-form-urlencoded"}, "not_json"),
    ],
)
async def test_only_scripts_of_our_own_page_may_ask_for_anything(
    member: Visitor, headers: dict[str, str | None], code: str
) -> None:
    for path in ("/api/challenge", "/api/proof", "/api/handover"):
        reply = await member.post(path, CHALLENGE, **headers)
        assert (reply.code, 400 <= reply.status < 500) == (code, True)
    assert (await member.post("/api/challenge", CHALLENGE)).status == 201


async def test_the_session_of_another_browser_does_not_help(site: Site, member: Visitor) -> None:
    async with site.visitor() as stranger:
        stranger.csrf = member.csrf
        assert (await stranger.post("/api/challenge", CHALLENGE)).code == "no_session"
        assert (await stranger.get("/api/session")).status == 403
        page = await stranger.get("/link")
        assert (page.status, 'data-code="no_session"' in page.text) == (403, True)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"[]", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b"[" * 30_000, 400, "bad_json"),
        (b"{}", 400, "bad_request"),
        (b'{"network": "bitcoin"}', 400, "bad_request"),
        (b'{"network": 7, "address": []}', 400, "bad_request"),
        (b'{"network": "loopring", "address": "alice.eth"}', 422, "bad_address"),
        (b'{"network": "loopring", "address": null}', 422, "bad_address"),
        (json.dumps({"network": "loopring", "address": "x" * 201}).encode(), 400, "bad_request"),
        (b'{"network": "loopring", "padding": "' + b"x" * 33_000 + b'"}', 413, "too_large"),
    ],
)
async def test_bad_bodies_get_a_short_clear_answer(member: Visitor, body: bytes, status: int, code: str) -> None:
    reply = await member.post("/api/challenge", body)
    assert (reply.status, reply.code) == (status, code)
    assert set(reply.json) == {"code", "message", "again"}
    assert len(reply.text) < 400


@pytest.mark.parametrize("number", [-1, 0, 2**63, 1.5, "1", None, True])
async def test_a_challenge_has_a_number(member: Visitor, number: object) -> None:
    reply = await member.post("/api/proof", {"challenge_id": number, "network": "loopring", "answer": "0x"})
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_a_body_that_is_too_long_without_saying_so_is_cut_off(site: Site, member: Visitor) -> None:
    cookie = "; ".join(f"{cookie.key}={cookie.value}" for cookie in member.cookies)
    head = request(
        "POST",
        "/api/challenge",
        f"127.0.0.1:{site.port}",
        f"Origin: {site.origin}",
        f"Cookie: {cookie}",
        f"X-Holdfast-Csrf: {member.csrf}",
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
    )
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    reply = await send(site.port, head + chunk * 20)
    assert reply is not None
    assert (reply.status, json.loads(reply.body)["code"]) == (413, "too_large")


async def test_a_compressed_body_is_not_unpacked(member: Visitor) -> None:
    reply = await member.post("/api/challenge", b"\x1f\x8b\x08", Content_Encoding="gzip")
    assert (reply.status, reply.code) == (415, "not_json")


async def test_unknown_paths_and_methods_are_told_in_the_form_that_was_asked_for(visitor: Visitor) -> None:
    page = await visitor.get("/no/such/page", Accept_Language="de-DE,de;q=0.9")
    assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert '<html lang="de">' in page.text
    api = await visitor.get("/api/nothing")
    assert (api.status, api.code) == (404, "not_found")
    wrong = await visitor.post("/link", {})
    assert (wrong.status, wrong.code, wrong.headers["Allow"]) == (405, "method_not_allowed", "GET, HEAD")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1", "localhost:{port}", "127.0.0.1:{port}.evil.example", "", "127.0.0.1:{port}@evil"],
)
async def test_a_host_that_is_not_ours_is_refused(site: Site, host: str) -> None:
    reply = await send(site.port, request("GET", "/", host.format(port=site.port)))
    assert reply is not None
    assert (reply.status, json.loads(reply.body)["code"]) == (421, "wrong_host")


async def test_two_hosts_and_absolute_addresses_do_not_confuse_it(site: Site) -> None:
    host = f"127.0.0.1:{site.port}"
    for raw in (
        request("GET", "/", "evil.example", f"Host: {host}"),
        request("GET", "/", host, "Host: evil.example"),
        request("GET", f"http://{host}/", "evil.example"),
        request("GET", "/", "evil.example", f"X-Forwarded-Host: {host}", f"Forwarded: host={host}"),
    ):
        reply = await send(site.port, raw)
        assert reply is None or reply.status in (400, 421)


async def test_a_member_can_ask_for_twenty_things_a_minute(site: Site, member: Visitor) -> None:
    bad = {"network": "loopring", "address": "0x0"}
    for _ in range(20):
        assert (await member.post("/api/challenge", bad)).code == "bad_address"
    reply = await member.post("/api/challenge", bad)
    assert (reply.status, reply.code) == (429, "too_many_requests")
    assert 1 <= int(reply.headers["Retry-After"]) <= 3
    assert (await member.get("/api/session")).status == 200


async def test_a_member_can_ask_for_five_links_in_ten_minutes(site: Site) -> None:
    alice = site.server.joined("alice")
    for _ in range(5):
        await site.invite(alice, "loopring")
    assert "5 links within 10 minutes" in (await site.ask(alice, "loopring")).text
    assert (await site.ask(site.server.joined("bob"), "loopring")).components


async def test_one_address_can_make_120_requests_a_minute_whatever_it_says_about_itself(site: Site) -> None:
    host = f"127.0.0.1:{site.port}"
    statuses = []
    for number in range(125):
        reply = await send(site.port, request("GET", "/healthz", host, f"X-Forwarded-For: 10.0.0.{number}"))
        assert reply is not None
        statuses.append(reply.status)
    assert statuses[:120] == [200] * 120
    assert 429 in statuses[120:]


async def test_behind_a_trusted_proxy_each_visitor_has_a_limit_of_their_own(open_site: OpenSite) -> None:
    async with open_site({"HOLDFAST_WEB__TRUSTED_PROXIES": "127.0.0.0/8, ::1/128"}) as site:
        host = f"127.0.0.1:{site.port}"

        async def ask(said: str) -> int:
            reply = await send(site.port, request("GET", "/healthz", host, f"X-Forwarded-For: {said}"))
            assert reply is not None
            return reply.status

        # The visitor can write what they like further left.
        statuses = [await ask(f"10.9.9.{number}, 192.0.2.1") for number in range(125)]
        assert 429 in statuses[120:]
        assert await ask("192.0.2.2") == 200
        assert await ask("192.0.2.2, nonsense") == 200


async def test_who_takes_for_ever_over_a_request_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.connections.HEAD_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: 127.0")
    async with asyncio.timeout(5):
        with suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_a_body_that_never_comes_is_not_waited_for(
    site: Site, member: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.bodies.MOST_SECONDS", 0.2)
    cookie = "; ".join(f"{cookie.key}={cookie.value}" for cookie in member.cookies)
    head = request(
        "POST",
        "/api/challenge",
        f"127.0.0.1:{site.port}",
        f"Origin: {site.origin}",
        f"Cookie: {cookie}",
        f"X-Holdfast-Csrf: {member.csrf}",
        "Content-Type: application/json",
        "Content-Length: 100",
    )
    reply = await send(site.port, head)
    assert reply is not None
    assert (reply.status, json.loads(reply.body)["code"]) == (408, "too_slow")


async def test_connections_are_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.connections.MOST_CONNECTIONS", 3)
    writers = []
    for _ in range(3):
        _, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writers.append(writer)
    reply = await send(site.port, request("GET", "/healthz", f"127.0.0.1:{site.port}"))
    assert reply is None
    for writer in writers:
        writer.close()
