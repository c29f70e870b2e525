"""The story of the demo: what Holdfast is for, from an empty server to a role that follows the NFT.

To tell more, write a function that acts and looks through the scene, and put it into `STORY` with a title.
"""

from bot.demo import moves
from bot.demo.cast import FRIEND, FRIENDS, LOOP_PASS
from bot.demo.telling import Scene, Step
from bot.sandbox.balances import Fault
from bot.sandbox.discord import MEMBER_ROLE, AuditAction


async def log_in(scene: Scene) -> None:
    """Start the real bot; what it registers is what members can type."""
    stage = scene.stage
    scene.narrator.happens(f"the sandbox's Discord listens on {stage.discord.world.public_url}, for this machine only")
    scene.narrator.happens("the bot starts with an empty database and connects over HTTP and WebSocket")
    await stage.start_bot()
    commands = sorted(command.draft.name for command in stage.discord.world.commands.all(None))
    wanted = {"wallet", "roles", "collection", "rule", "panel", "sweep", "settings", "doctor"}
    scene.check(
        f"Discord lists the bot's commands: {', '.join(f'/{name}' for name in commands)}",
        wanted <= set(commands),
        f"{len(commands)} commands: {', '.join(commands) or 'none'}",
    )
    await scene.observe(
        "the bot is online",
        lambda: bool(stage.discord.gateway.sessions),
        lambda: "no session at the gateway",
    )


async def set_up(scene: Scene) -> None:
    """Choose a log channel and name the NFTs that count."""
    ada = scene.cast.ada
    answer = await scene.command(ada, "settings set", log_channel=scene.cast.log)
    scene.reads(answer, "the log channel is set", f"#{scene.cast.log.name}")
    answer = await scene.command(
        ada, "collection add", name="friends", network="chia-mainnet", kind="chia-collection", items=FRIENDS
    )
    scene.reads(answer, "the Chia collection has the name friends", "Collection added", "friends")
    answer = await scene.command(
        ada, "collection add", name="loop_pass", network="loopring", kind="nft-data-set", items=LOOP_PASS
    )
    scene.reads(answer, "the Loopring NFT has the name loop_pass", "Collection added", "loop_pass")


async def make_rules(scene: Scene) -> None:
    """Two rules that are good, seen before they are made, and two that are refused with the reason."""
    cast, ada = scene.cast, scene.cast.ada
    for role, expression in ((cast.friend, "friends >= 1"), (cast.looper, "loop_pass >= 2 or friends >= 3")):
        answer = await scene.command(ada, "rule add", role=role, expression=expression)
        scene.reads(answer, "a preview says what would happen, and nothing is changed yet", "nothing is changed yet")
        scene.reads(await scene.confirm(ada, answer), "the rule is made once it is confirmed", "Rule added")
    answer = await scene.command(ada, "rule add", role=cast.captain, expression="friends >= 1")
    scene.reads(answer, "a role above the bot's own is refused", "is not below Holdfast's own highest role")
    answer = await scene.command(ada, "rule edit", role=cast.looper, expression="loop_pass >= 2 or freinds >= 3")
    scene.reads(answer, "a typo is refused, with its column", "Column 19", "Did you mean “friends”?")
    answer = await scene.command(ada, "rule list")
    scene.reads(answer, "there are two rules, as they were meant", "Rules (2)", "loop_pass >= 2 or friends >= 3")


async def post_panel(scene: Scene) -> None:
    """Put up the message with the button."""
    await scene.command(scene.cast.ada, "panel post", channel=scene.cast.welcome)
    posted = scene.cast.welcome.messages
    scene.check(
        f"#{scene.cast.welcome.name} shows the panel with its button “{moves.PANEL_BUTTON}”",
        len(posted) == 1 and posted[0].author is scene.stage.discord.bot and bool(posted[0].components),
        f"{len(posted)} messages",
    )


async def link_by_panel(scene: Scene) -> None:
    """From the button to the role: network, text, signature, reading."""
    cast, charlie = scene.cast, scene.cast.charlie
    scene.narrator.does(charlie.name, f"presses “{moves.PANEL_BUTTON}” and chooses Chia")
    request = await moves.press_panel(cast.guild, charlie.user, cast.welcome.messages[-1], charlie.wallet)
    scene.quote(request)
    scene.narrator.does(charlie.name, "signs the text with the wallet's key and pastes what the wallet shows")
    result = await moves.paste(request, charlie.sign(moves.text_to_sign(request)))
    scene.quote(result)
    scene.reads(result, "the wallet is linked", "Linked:")
    await scene.has(charlie, cast.friend)


async def link_by_command(scene: Scene) -> None:
    """The same on Loopring, where the address comes first."""
    cast, lois = scene.cast, scene.cast.lois
    scene.announce(lois, "wallet link", network="loopring", address=lois.wallet.address.text)
    request = await moves.ask_to_link(cast.guild, lois.user, lois.wallet)
    scene.narrator.does(lois.name, "signs with personal_sign and pastes the signature")
    result = scene.quote(await moves.paste(request, lois.sign(moves.text_to_sign(request))))
    scene.reads(result, "the wallet is linked", "Linked:")
    await scene.has(lois, cast.looper)


async def ask_why(scene: Scene) -> None:
    """Every role can be explained, to its holder and to the admins."""
    cast = scene.cast
    answer = await scene.command(cast.charlie, "roles why", about=f"@{cast.friend.name} ")
    scene.reads(answer, "the answer rests on the ledger and on a reading", "you have the role", "the role was given")
    entry = next((one for one in reversed(cast.guild.audit_log) if one.action is AuditAction.MEMBER_ROLE_UPDATE), None)
    reason = (entry.reason if entry else None) or ""
    scene.check("the server's audit log names the rule and the evidence", "loop_pass" in reason, reason or "no reason")
    scene.narrator.quotes(reason)


async def steal_signature(scene: Scene) -> None:
    """A signature proves nothing for anybody but the member whose text was signed."""
    cast, mallory = scene.cast, scene.cast.mallory
    scene.announce(mallory, "wallet link", network="chia-mainnet")
    request = await moves.ask_to_link(cast.guild, mallory.user, mallory.wallet)
    scene.narrator.does(mallory.name, f"pastes the signature that {cast.charlie.name} made")
    with scene.untouched_roles("nobody's roles change"):
        result = scene.quote(await moves.paste(request, cast.charlie.signed), about="Not linked")
        scene.reads(result, "the proof is refused", "Not linked")
    answer = await scene.command(mallory, "wallet list")
    scene.reads(answer, f"{mallory.name} has no wallet", "no wallet linked")


async def fail_provider(scene: Scene) -> None:
    """The NFT moves and the balance service fails at the same moment: no evidence, no change."""
    cast, spacescan = scene.cast, scene.stage.balances.spacescan
    scene.narrator.happens(f"{cast.charlie.name} sells the NFT to {cast.nora.name}: it moves on the chain")
    spacescan.move(FRIEND, cast.charlie.wallet.address, cast.nora.wallet.address)
    scene.narrator.happens("Spacescan, which Chia wallets are read from, answers every question with HTTP 503")
    spacescan.fail(Fault.UNAVAILABLE)
    asked_before = spacescan.count(cast.charlie.wallet.address)
    with scene.untouched_roles(f"{cast.charlie.name} keeps the role, and so does everybody"):
        scene.announce(cast.ada, "sweep now")
        scene.quote(await moves.sweep(cast.guild, cast.ada.user))
        asked = spacescan.count(cast.charlie.wallet.address) - asked_before
        scene.check(f"Spacescan was asked about the wallet, {asked} times in vain", asked > 0, "no question came")
    await scene.observe(
        f"#{cast.log.name} tells the admins that the sweep is over",
        lambda: sum("Sweep finished" in message.content for message in cast.log.messages) == 1,
        lambda: f"{len(cast.log.messages)} messages there",
    )
    answer = await scene.command(cast.charlie, "roles why", about=f"@{cast.friend.name} ")
    scene.reads(answer, "the bot says that it does not know, and why", "cannot tell at the moment", "could not be read")


async def heal_provider(scene: Scene) -> None:
    """Evidence again. A wallet that went to nothing is believed only after a second reading."""
    cast, spacescan = scene.cast, scene.stage.balances.spacescan
    scene.narrator.happens("Spacescan works again")
    spacescan.heal()
    scene.announce(cast.ada, "sweep now")
    sweep = await moves.use(cast.guild, cast.ada.user, "sweep now")
    answer = await scene.command_until("first seen empty", cast.charlie, "roles why", about=f"@{cast.friend.name} ")
    scene.reads(answer, "one empty reading is not enough", "first seen empty", "second reading confirms")
    scene.check(
        f"Discord still shows the role {cast.friend.name} on {cast.charlie.name}",
        cast.friend.id in cast.guild.roles_of(cast.charlie.user),
        f"{cast.charlie.name} has {scene.roles(cast.charlie)}",
    )
    scene.narrator.does(cast.ada.name, "sees the sweep come to its end")
    scene.quote(await moves.swept(sweep))
    scene.narrator.happens("the second reading confirms it")
    await scene.loses(cast.charlie, cast.friend)
    taken = scene.stage.discord.traffic.to("DELETE", MEMBER_ROLE)
    scene.check("it is the only role that was ever taken", len(taken) == 1, f"{len(taken)} roles were taken")
    answer = await scene.command(cast.charlie, "roles why", about=f"@{cast.friend.name} ")
    scene.reads(answer, "the bot says so", "You do not meet this", "was taken back")


async def link_buyer(scene: Scene) -> None:
    """The role follows the NFT to the new owner."""
    cast, nora = scene.cast, scene.cast.nora
    scene.announce(nora, "wallet link", network="chia-mainnet")
    request = await moves.ask_to_link(cast.guild, nora.user, nora.wallet)
    scene.narrator.does(nora.name, "signs and pastes")
    scene.quote(await moves.paste(request, nora.sign(moves.text_to_sign(request))))
    await scene.has(nora, cast.friend)


async def rejoin(scene: Scene) -> None:
    """Leaving takes all roles; the proof stays."""
    cast, lois = scene.cast, scene.cast.lois
    scene.narrator.does(lois.name, "leaves the server")
    cast.guild.remove_member(lois.user)
    scene.check("Discord shows no role on her", not cast.guild.roles_of(lois.user), scene.roles(lois))
    await scene.command(cast.ada, "sweep status")
    scene.narrator.does(lois.name, "joins again, with no role, and does nothing else")
    cast.guild.add_member(lois.user)
    await scene.has(lois, cast.looper)


async def look_back(scene: Scene) -> None:
    """Everything at the end, as Discord shows it."""
    cast, discord = scene.cast, scene.stage.discord
    expected = {
        cast.ada: "no role",
        cast.charlie: "no role",
        cast.lois: cast.looper.name,
        cast.nora: cast.friend.name,
        cast.mallory: "no role",
    }
    addresses = [person.wallet.address.text for person in cast.people]
    reasons = " ".join(entry.reason or "" for entry in cast.guild.audit_log).lower()
    scene.check(
        "no wallet address stands in the audit log",
        not any(address in reasons for address in addresses),
        "a whole address",
    )
    scene.check(
        "the bot wrote to nobody in private", not discord.direct_messages, f"{len(discord.direct_messages)} such talks"
    )
    why = {
        cast.ada: "owns the server, has no wallet linked",
        cast.charlie: "sold the NFT",
        cast.lois: "holds 2 × loop_pass, left and came back",
        cast.nora: "bought the NFT",
        cast.mallory: "could not use somebody else's signature",
    }
    scene.narrator.table(
        "The server now",
        ("member", "expected", "in Discord", "because"),
        [(person.name, wanted, scene.roles(person), why[person]) for person, wanted in expected.items()],
    )
    wrong = [person for person, wanted in expected.items() if scene.roles(person) != wanted]
    scene.check(
        "everybody has exactly the roles that their NFTs give",
        not wrong,
        "; ".join(f"{person.name} has {scene.roles(person)}" for person in wrong),
    )


STORY = (
    Step("The bot logs in", log_in),
    Step("Ada owns the server and names the NFTs that count", set_up),
    Step("Ada makes rules", make_rules),
    Step("Ada puts up the panel", post_panel),
    Step("Charlie proves a Chia wallet and has a role", link_by_panel),
    Step("Lois proves a Loopring wallet and has another", link_by_command),
    Step("Why do I have this role?", ask_why),
    Step("Mallory tries Charlie's signature", steal_signature),
    Step("The NFT is sold, and just now the balance service fails", fail_provider),
    Step("The balance service is back: the role goes, on confirmed evidence", heal_provider),
    Step("Nora, who bought the NFT, has the role", link_buyer),
    Step("Lois leaves and comes back", rejoin),
    Step("Looking back", look_back),
)
