"""Every response carries the security headers: pages, JSON, files, health, and each way to say no."""

from collections.abc import Mapping

import pytest
from aiohttp import web

from bot.web.headers import CONTENT_SECURITY_POLICY
from tests.web.acting import Site, Visitor
from tests.web.conftest import OpenSite
from tests.web.raw import request, send

REQUIRED = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
    "server": "holdfast",
}


def assert_safe(headers: Mapping[str, str], what: str) -> None:
    lowered = {name.lower(): value for name, value in headers.items()}
    for name, value in REQUIRED.items():
        assert lowered.get(name) == value, (what, name)
    assert "camera=()" in lowered["permissions-policy"], what
    assert lowered["cache-control"] in ("no-store", "public, max-age=31536000, immutable"), what
    assert "access-control-allow-origin" not in lowered, what


def paths_of(site: Site) -> list[str]:
    """Every route of the application, with something in place of what varies."""
    server = site.server.stage.holdfast.web
    assert server is not None
    runner = server._runner
    assert runner is not None
    paths = set()
    for route in runner.app.router.routes():
        assert isinstance(route.resource, web.Resource)
        path = route.resource.canonical
        paths.add(path.replace("{token}", "x").replace("{digest}", "0").replace("{name}", "link.js"))
    return sorted(paths)


async def test_the_policy_allows_nothing_unsafe_and_nobody_else() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_every_route_answers_every_method_with_the_headers(oauth_site: Site, method: str) -> None:
    for path in [*paths_of(oauth_site), "/nothing/here", "/api/nothing"]:
        host = f"127.0.0.1:{oauth_site.port}"
        origin = f"Origin: http://{host}"
        for accept in ("text/html", "application/json"):
            reply = await send(oauth_site.port, request(method, path, host, origin, f"Accept: {accept}"))
            assert reply is not None
            assert_safe(reply.headers, f"{method} {path}")
            assert reply.status != 500, (path, reply.body)


async def test_what_the_guard_refuses_has_the_headers_too(site: Site) -> None:
    host = f"127.0.0.1:{site.port}"
    for what, status in {
        request("GET", "/", "evil.example"): 421,
        request("GET", "/healthz", "evil.example"): 421,
        request("POST", "/api/session", host): 403,
        request("GET", "/", host, "Expect: a-lot"): 417,
        b"\x16\x03\x01 not http at all\r\n\r\n": 400,
        b"GET / HTTP/9.9\r\n\r\n": 400,
        request("GET", "/" + "x" * 9000, host): 400,
        request("GET", "/", host, "X-Long: " + "x" * 9000): 400,
        request("GET", "/", host, *(f"X-{number}: y" for number in range(200))): 400,
    }.items():
        reply = await send(site.port, what)
        assert reply is not None
        assert reply.status == status, what[:60]
        assert_safe(reply.headers, str(what[:60]))
        assert len(reply.body) < 500


async def test_files_may_be_kept_and_everything_else_may_not(site: Site, visitor: Visitor) -> None:
    page = await visitor.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    path = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    kept = await visitor.get(path)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.headers["Content-Type"] == "text/css; charset=utf-8"
    of_yesterday = await visitor.get("/static/0000000000000000/" + path.split("/", 3)[3])
    assert (of_yesterday.text, of_yesterday.headers["Cache-Control"]) == (kept.text, "no-store")
    assert (await visitor.get("/static/0000000000000000/../../pages.py")).status == 404


async def test_behind_tls_cookies_are_bound_to_the_host_and_browsers_stay_on_tls(open_site: OpenSite) -> None:
    async with open_site({"HOLDFAST_WEB__PUBLIC_URL": "https://verify.example.org"}) as site:
        alice = site.server.joined("alice")
        port = site.server.stage.settings.web.port
        path = (await site.invite(alice)).removeprefix("https://verify.example.org")
        arrived = await send(port, request("GET", path, "verify.example.org"))
        assert arrived is not None
        assert arrived.status == 303
        assert arrived.headers["location"] == "/start"
        assert arrived.headers["strict-transport-security"].startswith("max-age=")
        cookie = arrived.headers["set-cookie"]
        assert cookie.startswith("__Host-holdfast-link=")
        for flag in ("; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=600"):
            assert flag in cookie
        assert "Domain" not in cookie
        for named in ("http://verify.example.org", "verify.example.org:80", "127.0.0.1", f"127.0.0.1:{port}"):
            reply = await send(port, request("GET", "/", named))
            assert reply is not None
            assert reply.status == 421, named
        for named in ("verify.example.org:443", "VERIFY.example.org"):
            reply = await send(port, request("GET", "/", named))
            assert reply is not None
            assert reply.status == 200, named
        health = await send(port, request("GET", "/healthz", f"localhost:{port}"))
        assert health is not None
        assert health.status == 200
