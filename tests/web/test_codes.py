"""Without a Discord log-in: the code that a member carries from the page to Discord."""

from datetime import timedelta

from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LeapClock, friend
from tests.web.acting import Site, Visitor, link_in

CHIA = ChiaTestWallet.from_seed("alice")
ETHEREUM = EthereumTestWallet.from_seed("alice")


async def test_the_page_shows_whose_link_it_is_and_a_get_does_not_use_it(site: Site, visitor: Visitor) -> None:
    url = await site.invite(site.server.joined("alice.w"))
    for _ in range(3):
        async with site.visitor() as program:
            page = await program.get(url)
            assert page.history == (url.removeprefix(site.origin),)
            assert "alice.w" in page.text
            assert url.rsplit("/", 1)[1] not in page.text
    await visitor.begin(url)
    async with site.visitor() as late:
        reply = await late.get(url)
        assert (reply.status, 'data-code="link_used"' in reply.text) == (410, True)


async def test_two_browsers_that_press_start_together_get_one_session(site: Site, visitor: Visitor) -> None:
    url = await site.invite(site.server.joined("alice"))
    async with site.visitor() as other:
        await visitor.get(url)
        await other.get(url)
        assert (await visitor.post("/api/session", {})).status == 201
        late = await other.post("/api/session", {})
        assert (late.status, late.code) == (410, "link_used")


async def test_a_link_ends_after_ten_minutes(site: Site, visitor: Visitor, clock: LeapClock) -> None:
    url = await site.invite(site.server.joined("alice"))
    clock.leap(timedelta(minutes=10, seconds=1))
    reply = await visitor.get(url)
    assert (reply.status, 'data-code="link_expired"' in reply.text) == (410, True)


async def test_a_made_up_link_is_refused(visitor: Visitor) -> None:
    for token in ("x", "%00", "..%2f..", "a" * 500, "'%20OR%201=1--"):
        reply = await visitor.get(f"/v/{token}")
        assert (reply.status, "link_unknown" in reply.text or "not_found" in reply.text) == (404, True), token


async def test_the_button_opens_a_form_for_the_code(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    invitation = await site.ask(alice)
    await visitor.begin(link_in(invitation))
    code = (await visitor.prove(CHIA)).json["code"]

    form = await invitation.press("Enter code")
    await (await form.submit({"text": str(code).lower().replace("-", " ")})).settled()

    assert "Linked" in (await invitation.until(lambda shown: "Checking" not in shown.text)).text


async def test_three_wrong_codes_void_the_signature(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    await visitor.begin(await site.invite(alice))
    code = str((await visitor.prove(ETHEREUM)).json["code"])
    for left in (2, 1):
        assert "not the code" in (await site.type_code(alice, "AAAA-AAAA")).text
        pending = (await visitor.session())["pending"]
        assert isinstance(pending, dict)
        assert pending["tries_left"] == left
        assert pending["address"] == ETHEREUM.address.short
    assert "not the code" in (await site.type_code(alice, "AAAA-AAAA")).text
    assert "No signature of yours is waiting" in (await site.type_code(alice, code)).text
    assert (await visitor.session())["pending"] is None


async def test_a_code_is_good_for_five_minutes(site: Site, visitor: Visitor, clock: LeapClock) -> None:
    alice = site.server.joined("alice")
    await visitor.begin(await site.invite(alice))
    code = (await visitor.prove(ETHEREUM)).json["code"]
    clock.leap(timedelta(minutes=5, seconds=1))
    assert "No signature of yours is waiting" in (await site.type_code(alice, code)).text


async def test_a_code_works_once_and_for_its_own_member_only(site: Site, visitor: Visitor) -> None:
    alice, mallory = site.server.joined("alice"), site.server.joined("mallory")
    await visitor.begin(await site.invite(alice))
    code = (await visitor.prove(ETHEREUM)).json["code"]
    assert "No signature of yours is waiting" in (await site.type_code(mallory, code)).text
    assert "Linked" in (await site.type_code(alice, code)).text
    assert "No signature of yours is waiting" in (await site.type_code(alice, code)).text


async def test_after_one_code_further_wallets_are_linked_at_once(site: Site, visitor: Visitor) -> None:
    server = site.server
    alice, holder = server.joined("alice"), server.role("Holder")
    server.hand(CHIA, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    await visitor.begin(await site.invite(alice))
    await site.type_code(alice, (await visitor.prove(ETHEREUM)).json["code"])

    second = await visitor.prove(CHIA)

    assert second.json["outcome"] == "linked"
    assert second.json["roles"] == {"given": ["Holder"], "taken": [], "settled": True}
    again = await visitor.prove(CHIA)
    assert (again.json["repeat"], again.json["moved"]) == (True, False)


async def test_a_second_signature_takes_the_place_of_one_that_waits(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    await visitor.begin(await site.invite(alice))
    first = (await visitor.prove(ETHEREUM)).json["code"]
    second = (await visitor.prove(CHIA)).json["code"]
    assert "not the code" in (await site.type_code(alice, first)).text
    assert CHIA.address.short in (await site.type_code(alice, second)).text


async def test_before_the_code_the_page_tells_nothing_about_the_member(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    await site.server.link(alice, ETHEREUM)
    session = await visitor.begin(await site.invite(alice))
    assert session["wallets"] == []
    assert session["roles"] == {"given": [], "taken": [], "settled": True}


async def test_a_session_can_be_handed_over_to_another_browser(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    await visitor.begin(await site.invite(alice))
    handed = await visitor.post("/api/handover", {})
    assert handed.status == 201
    async with site.visitor() as phone:
        await phone.begin(site.origin + str(handed.json["path"]))
        code = (await phone.prove(ETHEREUM)).json["code"]
        assert "Linked" in (await site.type_code(alice, code)).text


async def test_everything_survives_a_restart_of_the_bot(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    url = await site.invite(alice)
    await site.server.stage.restart_bot()
    await visitor.begin(url)
    challenge = await visitor.challenge(ETHEREUM)
    await site.server.stage.restart_bot()
    proven = await visitor.post(
        "/api/proof",
        {"challenge_id": challenge["id"], "network": "loopring", "answer": ETHEREUM.sign(str(challenge["text"]))},
    )
    await site.server.stage.restart_bot()
    assert "Linked" in (await site.type_code(alice, proven.json["code"])).text


async def test_the_panel_leads_to_the_page_and_shows_the_texts(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    await site.server.use(site.server.owner, "panel post")
    panel = site.server.guild.channel_named("general").messages[-1]
    start = await (await site.server.guild.press(alice, panel, "Link a wallet")).settled()
    assert start.ephemeral
    assert start.text.count("```") == 4
    assert "exactly this text" in start.text
    assert "&lt;your address&gt;" not in start.text
    assert "<your address>" in start.text
    await visitor.begin(link_in(start))
    assert str((await visitor.challenge(CHIA))["text"]) in start.text

    menu = await start.press("Paste instead")
    assert "Where is your wallet?" in menu.text


async def test_an_ethereum_style_wallet_can_be_named_in_discord_or_on_the_page(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    named = await site.ask(alice, "loopring", address=ETHEREUM.address.display)
    assert ETHEREUM.address.display in named.text
    assert "exactly this text" in named.text
    unnamed = await site.ask(alice, "loopring")
    assert "<your address>" in unnamed.text
    form = await unnamed.press("Paste instead")
    assert "Loopring" in form.modal.title


async def test_a_page_speaks_the_members_language(site: Site, visitor: Visitor) -> None:
    alice = site.server.joined("alice")
    alice.locale = "de"
    page = await visitor.get(await site.invite(alice))
    assert '<html lang="de">' in page.text
    await visitor.post("/api/session", {})
    await visitor.session()
    reply = await visitor.post("/api/challenge", {"network": "loopring", "address": "0x0"})
    assert str(reply.json["message"]).startswith("Das ist keine Wallet-Adresse auf Loopring L2.")
