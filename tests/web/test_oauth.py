"""Opening a link with a Discord log-in: only the account that the link was made for gets in, once, in one browser."""

from urllib.parse import parse_qs, urlsplit

from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import friend
from tests.web.acting import Site, Visitor

WALLET = ChiaTestWallet.from_seed("alice")


async def location(visitor: Visitor, path: str) -> str:
    """Where a path redirects to."""
    reply = await visitor.get(path, follow=False)
    assert reply.status in (302, 303), reply.text
    return reply.headers["Location"]


async def come_back(site: Site, visitor: Visitor, url: str) -> str:
    """Follow a link through the log-in up to, but not into, the callback: its address with the code."""
    assert await location(visitor, url) == "/oauth/login"
    return await location(visitor, await location(visitor, "/oauth/login"))


async def test_who_logs_in_with_the_right_account_links_at_once(oauth_site: Site) -> None:
    server = oauth_site.server
    alice, holder = server.joined("alice"), server.role("Holder")
    server.hand(WALLET, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    oauth_site.log_in_as(alice)

    async with oauth_site.visitor() as visitor:
        page = await visitor.get(await oauth_site.invite(alice))
        assert page.status == 200
        assert page.history[1:] == ("/oauth/login", "/oauth2/authorize", "/oauth/callback")
        session = await visitor.session()
        assert (session["mode"], session["confirmed"]) == ("oauth", True)
        proven = await visitor.prove(WALLET)

    assert proven.json["outcome"] == "linked"
    assert proven.json["roles"] == {"given": ["Holder"], "taken": [], "settled": True}
    assert server.has(alice, holder)


async def test_the_link_asks_discord_for_identify_with_pkce_and_a_state(oauth_site: Site) -> None:
    alice = oauth_site.server.joined("alice")
    async with oauth_site.visitor() as visitor:
        await visitor.get(await oauth_site.invite(alice), follow=False)
        asked = urlsplit(await location(visitor, "/oauth/login"))
    query = parse_qs(asked.query)
    assert query["scope"] == ["identify"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 32
    assert oauth_site.server.stage.discord.oauth.client_secret not in asked.query


async def test_a_link_that_was_sent_to_somebody_else_leads_nowhere_and_is_not_used_up(oauth_site: Site) -> None:
    alice, mallory = oauth_site.server.joined("alice"), oauth_site.server.joined("mallory")
    url = await oauth_site.invite(mallory)
    oauth_site.log_in_as(alice)
    async with oauth_site.visitor() as victim:
        refused = await victim.get(url)
        assert refused.status == 403
        assert 'data-code="other_account"' in refused.text
        assert (await victim.get("/link")).status == 403
    oauth_site.log_in_as(mallory)
    async with oauth_site.visitor() as owner:
        assert (await owner.get(url)).status == 200


async def test_a_callback_of_another_browser_is_refused(oauth_site: Site) -> None:
    mallory = oauth_site.server.joined("mallory")
    oauth_site.log_in_as(mallory)
    url = await oauth_site.invite(mallory)
    async with oauth_site.visitor() as attacker, oauth_site.visitor() as victim:
        callback = await come_back(oauth_site, attacker, url)
        refused = await victim.get(callback)
        assert (refused.status, 'data-code="login_expired"' in refused.text) == (403, True)
        assert (await attacker.get(callback)).status == 200


async def test_a_callback_with_another_state_is_refused(oauth_site: Site) -> None:
    alice = oauth_site.server.joined("alice")
    oauth_site.log_in_as(alice)
    async with oauth_site.visitor() as visitor:
        callback = await come_back(oauth_site, visitor, await oauth_site.invite(alice))
        refused = await visitor.get(callback.split("&state=")[0] + "&state=forged")
    assert (refused.status, 'data-code="login_expired"' in refused.text) == (403, True)


async def test_a_log_in_replaces_whatever_session_the_browser_had(oauth_site: Site) -> None:
    alice = oauth_site.server.joined("alice")
    oauth_site.log_in_as(alice)
    async with oauth_site.visitor() as visitor:
        visitor.cookies.update_cookies({"holdfast-session": "planted"})
        await visitor.get(await oauth_site.invite(alice))
        first = {cookie.key: cookie.value for cookie in visitor.cookies}
        await visitor.get(await oauth_site.invite(alice))
        second = {cookie.key: cookie.value for cookie in visitor.cookies}
    assert len({"planted", first["holdfast-session"], second["holdfast-session"]}) == 3
    assert "holdfast-link" not in second


async def test_an_opened_link_is_used_up_for_everybody_but_leads_its_owner_back(oauth_site: Site) -> None:
    alice = oauth_site.server.joined("alice")
    oauth_site.log_in_as(alice)
    url = await oauth_site.invite(alice)
    async with oauth_site.visitor() as visitor, oauth_site.visitor() as other:
        assert (await visitor.get(url)).status == 200
        refused = await other.get(url)
        assert (refused.status, 'data-code="link_used"' in refused.text) == (410, True)
        assert (await visitor.get(url)).history == (urlsplit(url).path,)


async def test_a_log_in_that_was_cancelled_says_so_and_can_be_repeated(oauth_site: Site) -> None:
    alice = oauth_site.server.joined("alice")
    async with oauth_site.visitor() as visitor:
        asked = await visitor.get(await oauth_site.invite(alice))
        assert "Continue as alice" in asked.text
        await visitor.get("/oauth/login", follow=False)
        cancelled = await visitor.get(await location(visitor, "/oauth/login") + "&cancel=1")
        assert (cancelled.status, 'data-code="login_refused"' in cancelled.text) == (403, True)
        assert 'href="/oauth/login"' in cancelled.text
        oauth_site.log_in_as(alice)
        assert (await visitor.get("/oauth/login")).status == 200


async def test_a_code_that_discord_does_not_take_links_nothing(oauth_site: Site) -> None:
    alice = oauth_site.server.joined("alice")
    oauth_site.log_in_as(alice)
    async with oauth_site.visitor() as visitor:
        callback = await come_back(oauth_site, visitor, await oauth_site.invite(alice))
        state = callback.split("&state=")[1]
        refused = await visitor.get(f"{oauth_site.origin}/oauth/callback?code=guessed&state={state}")
        assert (refused.status, 'data-code="login_failed"' in refused.text) == (502, True)
        assert (await visitor.get("/link")).status == 403


async def test_the_start_button_of_the_other_mode_opens_nothing(oauth_site: Site) -> None:
    alice = oauth_site.server.joined("alice")
    async with oauth_site.visitor() as visitor:
        await visitor.get(await oauth_site.invite(alice), follow=False)
        assert (await visitor.post("/api/session", {})).status == 404
