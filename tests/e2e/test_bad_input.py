"""What people type wrongly, and the answer that they get to it: what is wrong, and what to do."""

from datetime import timedelta

import pytest

from bot.demo import moves
from bot.domain.networks import Network
from bot.sandbox.discord import InteractionResult, Permission
from bot.sandbox.wallets import ChiaForm, ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import FRIENDS, LeapClock, Server, friend

ALICE = ChiaTestWallet.from_seed("alice")
XCH = ALICE.address.text
TXCH = ChiaTestWallet.from_seed("alice", Network.CHIA_TESTNET11).address.text
ACCOUNT = EthereumTestWallet.from_seed("alice")
EVM = ACCOUNT.address.display


def not_linked(answer: InteractionResult) -> str:
    """Why a proof was refused; the answer must bring a new text to sign."""
    assert "Not linked" in answer.text
    assert "here is a new one" in answer.text
    assert moves.text_to_sign(answer)
    return answer.text


async def test_addresses_that_cannot_be_used_are_named_with_what_is_wrong(server: Server) -> None:
    alice = server.joined("alice")
    swapped = EVM[:2] + EVM[2:].swapcase()
    answers = {
        ("chia-mainnet", XCH[:-1] + ("q" if XCH[-1] != "q" else "p")): "has a typo: its checksum does not match",
        ("chia-mainnet", XCH[:20] + XCH[20:].upper()): "mixes upper and lower case",
        ("chia-mainnet", TXCH): "is an address on Chia testnet11, not on Chia.",
        ("chia-testnet11", XCH): "is an address on Chia, not on Chia testnet11.",
        ("chia-mainnet", EVM): "is an Ethereum-style address, not one on Chia",
        ("chia-mainnet", friend(1)): "is the id of an NFT, not a wallet address",
        ("chia-mainnet", FRIENDS): "is the id of a collection, not a wallet address",
        ("chia-mainnet", "alice.xch"): "is a name, and names can change hands",
        ("chia-mainnet", "my wallet"): "A Chia wallet address starts with xch1",
        ("chia-mainnet", "1" * 200): "is not an address",
        ("loopring", "vitalik.eth"): "is a name, and names can change hands",
        ("loopring", XCH): "is a Chia address, not one on Loopring L2",
        ("loopring", friend(1)): "is the id of an NFT, not a wallet address",
        ("loopring", "0x" + "0" * 40): "The zero address belongs to nobody",
        ("loopring", swapped): "do not match its EIP-55 checksum",
        ("loopring", EVM[:-1]): "starts with 0x and has 40 more characters",
        ("dogecoin", "D1"): "is not a network. Choose one of: `chia-mainnet`",
    }
    for (network, address), words in answers.items():
        answer = await server.use(alice, "wallet link", network=network, address=address)
        assert words in answer.text, f"{network} {address[:80]}: {answer.text}"
        assert answer.ephemeral
        assert len(answer.text) < 400
        assert "```" not in answer.text
    assert "no wallet linked" in (await server.use(alice, "wallet list")).text


async def test_expressions_that_cannot_be_read_show_the_place(server: Server) -> None:
    await server.add_friends()
    await server.add_loop_pass()
    answers = {
        "freinds >= 2": ("Column 1: there is no collection “freinds”", "Did you mean “friends”?"),
        "friends >= 2 and": ("Column 17: found the end",),
        "friends => 2": ("Column 9",),
        "friends >= -1": ("Numbers are whole and have no sign",),
        "friends between 4 and 1": ("no number lies between 4 and 1", "Write the smaller number first"),
        "3 of (friends, loop_pass)": ("3 of a list with 2 parts makes no sense", "Write a number from 1 to 2."),
        "friends >= 0": ("is true for everybody",),
        "friends < 0": ("can never be true",),
        "friends >= 99999999999999999999": ("the number is too large",),
        "(" * 60 + "friends" + ")" * 60: ("nested more than 20 deep",),
        " and ".join(["friends"] * 450): ("too long",),
        "🦊 >= 1": ("Column 1: found “🦊”",),
        "friends\u200b >= 1": ("An invisible character stands here",),
        "`friends` ```": ("Names are written without quotation marks",),
        "   ": ("the expression is empty",),
    }
    role = server.role("Holder")
    for expression, words in answers.items():
        answer = await server.use(server.owner, "rule add", role=role, expression=expression)
        assert answer.text.startswith("The expression cannot be read, so nothing was changed."), answer.text
        for word in words:
            assert word in answer.text, f"{expression[:80]}: {answer.text}"
        assert answer.text.count("```") == 2
    assert "no rules yet" in (await server.use(server.owner, "rule list")).text


async def test_roles_that_cannot_be_given_are_refused_with_the_way_out(server: Server) -> None:
    await server.add_friends()
    guild = server.guild
    linked = guild.add_role("Linked", position=1, tags={"guild_connections": None}, managed=True)
    boost = guild.add_role("Booster", position=1, tags={"premium_subscriber": None}, managed=True)
    answers = {
        guild.add_role("High", position=200): "Drag Holdfast's role above “High” under Server Settings > Roles",
        guild.add_role("Equal", position=guild.bot_role.position): "is not below Holdfast's own highest role",
        guild.everyone: "@everyone is on every member already",
        guild.bot_role: "is managed by Discord or an integration",
        linked: "is managed by Discord or an integration (a bot, boosts, a subscription or linked roles)",
        boost: "Choose or make an ordinary role.",
    }
    for role, words in answers.items():
        answer = await server.use(server.owner, "rule add", role=role, expression="friends")
        assert words in answer.text, f"{role.name}: {answer.text}"
    assert "no rules yet" in (await server.use(server.owner, "rule list")).text


async def test_an_admin_may_not_hand_out_what_lies_above_them(server: Server) -> None:
    await server.add_friends()
    low = server.guild.add_role("Mod", permissions=Permission.MANAGE_GUILD | Permission.MANAGE_ROLES)
    bare = server.guild.add_role("Clerk", permissions=Permission.MANAGE_GUILD)
    target, below = server.guild.add_role("Boss", position=50), server.guild.add_role("Pawn", position=1)
    server.guild.move_role(low, 10)
    server.guild.move_role(bare, 10)
    mod, clerk = server.joined("mod"), server.joined("clerk")
    server.guild.give_role(mod, low)
    server.guild.give_role(clerk, bare)

    refused = await server.use(mod, "rule add", role=target, expression="friends")
    assert "The role “Boss” is not below your own highest role" in refused.text
    refused = await server.use(mod, "rule add", role=low, expression="friends")
    assert "The role “Mod” is not below your own highest role" in refused.text
    refused = await server.use(clerk, "rule add", role=below, expression="friends")
    assert "You need the Manage Roles permission yourself" in refused.text
    assert "Rule added" in (await server.change_rule(mod, "rule add", role=below, expression="friends")).text
    for change in ("rule edit", "rule remove"):
        options = {"grace": "1d"} if change == "rule edit" else {}
        assert "Manage Roles permission" in (await server.use(clerk, change, role=below, **options)).text


async def test_a_second_rule_for_a_role_is_refused_with_the_command_that_changes_it(server: Server) -> None:
    await server.add_friends()
    role = server.role("Holder")
    await server.add_rule(role, "friends")
    refused = await server.use(server.owner, "rule add", role=role, expression="friends >= 2")
    assert "There is a rule for the role “Holder” already. Change it with `/rule edit`." in refused.text


async def test_a_paste_that_is_no_signature_is_refused_and_a_new_text_is_given(server: Server) -> None:
    alice = server.joined("alice")
    request = await moves.ask_to_link(server.guild, alice, ALICE)
    other = ChiaTestWallet.from_seed("other")
    pastes = {
        "hello": "There is no signature in what you pasted",
        "   ": "Nothing was pasted",
        "x" * 4000: "There is no signature",
        '{"a": ' * 600: "There is no signature",
        "abandon " * 11 + "about": "If it is the seed phrase or the secret key of your wallet: it was not stored",
        ACCOUNT.sign("something"): "looks like the signature of an Ethereum-style wallet",
        ALICE.sign("something else"): "Your wallet signed another text",
        ALICE.sign("something else", ChiaForm.TWO_WORDS): "",
        other.sign("x").replace("Message: x\n", ""): "",
    }
    for pasted, words in pastes.items():
        request = await moves.paste(request, pasted)
        assert words in not_linked(request), pasted[:60]
    assert "no wallet linked" in (await server.use(alice, "wallet list")).text
    assert "Linked" in (await moves.paste(request, ALICE.sign(moves.text_to_sign(request)))).text


async def test_a_challenge_is_good_for_ten_minutes(server: Server, clock: LeapClock) -> None:
    alice = server.joined("alice")
    request = await moves.ask_to_link(server.guild, alice, ALICE)
    signature = ALICE.sign(moves.text_to_sign(request))
    clock.leap(timedelta(minutes=10, seconds=1))
    answer = await moves.paste(request, signature)
    assert "That signing request had expired" in answer.text
    assert "Linked" in (await moves.paste(answer, ALICE.sign(moves.text_to_sign(answer)))).text


async def test_a_challenge_is_answered_once(server: Server) -> None:
    alice = server.joined("alice")
    request = await moves.ask_to_link(server.guild, alice, ALICE)
    signature = ALICE.sign(moves.text_to_sign(request))
    first, second = await request.press(moves.PASTE_BUTTON), await request.press(moves.PASTE_BUTTON)
    label = first.modal.fields[0].label
    await (await first.submit({label: signature})).settled()
    await request.until(lambda now: "Linked" in now.text)
    await (await second.submit({label: signature})).settled()
    answer = await request.until(lambda now: "Linked" not in now.text and "Checking" not in now.text)
    assert "answered already; each one works once" in answer.text
    assert "/wallet link" in answer.text


async def test_the_text_of_another_member_proves_nothing(server: Server) -> None:
    alice, mallory = server.joined("alice"), server.joined("mallory")
    hers = await moves.ask_to_link(server.guild, alice, ALICE)
    his = await moves.ask_to_link(server.guild, mallory, ALICE)
    answer = await moves.paste(his, ALICE.sign(moves.text_to_sign(hers)))
    assert "signed another text" in not_linked(answer)
    assert "no wallet linked" in (await server.use(mallory, "wallet list")).text


async def test_the_form_of_another_members_challenge_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody would who makes the button's id up: the sandbox's own buttons are seen by their owner only."""
    alice, mallory = server.joined("alice"), server.joined("mallory")
    hers = await moves.ask_to_link(server.guild, alice, ALICE)
    signature = ALICE.sign(moves.text_to_sign(hers))
    monkeypatch.setattr(hers.message, "visible_to", None)
    form = await server.guild.press(mallory, hers.message, moves.PASTE_BUTTON)
    await (await form.submit({form.modal.fields[0].label: signature})).settled()
    await server.stage.discord.until(lambda: "made for somebody else" in hers.text)
    assert "do not sign it" in hers.text
    assert "no wallet linked" in (await server.use(mallory, "wallet list")).text


async def test_an_answer_for_another_network_is_refused(server: Server) -> None:
    alice = server.joined("alice")
    testnet = ChiaTestWallet.from_seed("alice", Network.CHIA_TESTNET11)
    request = await moves.ask_to_link(server.guild, alice, ALICE)
    text = moves.text_to_sign(request)
    answer = await moves.paste(request, testnet.sign(text, ChiaForm.GUI_JSON))
    assert "names an address on Chia testnet11, and this is for Chia" in not_linked(answer)
    answer = await moves.paste(answer, ACCOUNT.sign(moves.text_to_sign(answer)))
    assert "start over for the other network" in not_linked(answer)


async def test_collections_that_cannot_be_named_or_filled_are_refused(server: Server) -> None:
    ids = {
        XCH: "is a wallet address, not something that a wallet holds",
        "": "No ids were given",
        "Chia Friends": "Names can be copied by anybody, so only ids count",
        FRIENDS[:-1] + ("q" if FRIENDS[-1] != "q" else "p"): "is mistyped: its checksum does not fit",
        f"https://www.spacescan.io/collection/{FRIENDS}": "is a link. Paste the id alone",
        friend(1): "single NFT",
    }
    for items, words in ids.items():
        answer = await server.use(
            server.owner, "collection add", name="x", network="chia-mainnet", kind="chia-collection", items=items
        )
        assert words in answer.text, f"{items}: {answer.text}"
    for name in ("and", "1abc", "a b", "*bold*", "@everyone", "x" * 33, "été"):
        answer = await server.use(server.owner, "collection add", name=name, network="chia-mainnet", kind="any")
        assert "Collection added" not in answer.text
        assert "name" in answer.text
        assert "@everyone" not in answer.text
    assert "no collections yet" in (await server.use(server.owner, "collection list")).text


@pytest.mark.parametrize("name", ["**Boss** [free](https://evil.example)", "@everyone", "🦊" * 90, "`x` ||y||"])
async def test_what_a_role_is_called_has_no_effect_in_answers(server: Server, name: str) -> None:
    await server.add_friends()
    role, high = server.role(name), server.guild.add_role(name, position=200)
    await server.add_rule(role, "friends")
    shown = [
        (await server.use(server.owner, "rule add", role=high, expression="friends")).text,
        (await server.use(server.owner, "rule add", role=role, expression="friends")).text,
        (await server.use(server.owner, "rule resume", role=role)).text,
        (await server.use(server.owner, "collection remove", name="friends")).text,
        (await server.use(server.owner, "doctor")).text,
    ]
    await server.use(server.owner, "settings set", log_channel=server.log)
    server.guild.delete_role(role)
    await server.stage.discord.until(lambda: any("is stopped" in one.content for one in server.log.messages))
    shown.extend(one.content for one in server.log.messages if "is stopped" in one.content)
    for text in shown:
        assert name[:1] in text
        for effect in ("**Boss**", "[free]", "“@everyone", "`x`"):
            assert effect not in text
