"""A signing request: what will happen, what is never asked, the exact text, and how to sign it."""

import discord

from bot.domain.challenges import Challenge
from bot.domain.errors import UserError
from bot.domain.networks import CHIA_PREFIX, Family, Network
from bot.services.proving import ChallengeError, ChallengeFault
from bot.views.answers import Answer, untracked
from bot.views.errors import in_words
from bot.views.link_items import PasteButton
from bot.views.text import code_block, cut, relative


def signing_request(challenge: Challenge) -> Answer:
    """Ask for a signature."""
    return Answer(_request(challenge), (_how_to_sign(challenge),), untracked(PasteButton(challenge.id)))


def once_more(error: UserError, challenge: Challenge) -> Answer:
    """Say why an answer proved nothing, and ask again with the fresh challenge."""
    if isinstance(error, ChallengeError) and error.fault is ChallengeFault.EXPIRED:
        why = "⌛ **That signing request had expired**, so nothing was linked. Here is a new one."
    else:
        why = (
            f"❌ **Not linked.** {cut(in_words(error), 500)}\nEach text can be answered once, so here is a new one; "
            "the text and any signature from before are void."
        )
    return Answer(f"{why}\n\n{_request(challenge)}", (_how_to_sign(challenge),), untracked(PasteButton(challenge.id)))


def _request(challenge: Challenge) -> str:
    terms = challenge.terms
    which = "your wallet" if terms.address is None else f"the wallet `{terms.address.short}`"
    return "\n".join(
        [
            f"**Prove {which} on {terms.network.label}**",
            "Sign exactly this text with your wallet, then press **Paste signature**:",
            code_block(challenge.text),
            f"It ends {relative(terms.expires_at)}. Signing is free and is no transaction. Holdfast never asks for a "
            "payment, a seed phrase or a private key, and never writes to you first. **If somebody else sent you here "
            "to sign, do not sign.**",
        ]
    )


def _how_to_sign(challenge: Challenge) -> discord.Embed:
    embed = discord.Embed(title="How to sign", colour=discord.Colour.dark_teal())
    network = challenge.terms.network
    ways = _chia_ways(network, challenge.text) if network.family is Family.CHIA else _ethereum_ways()
    for name, value in ways:
        embed.add_field(name=name, value=value, inline=False)
    return embed


def _chia_ways(network: Network, text: str) -> list[tuple[str, str]]:
    address = f"{CHIA_PREFIX[network]}1…"
    return [
        (
            "Chia wallet (desktop)",
            "Settings → Advanced → Sign message. Choose the address that your NFT is on, sign by address, and copy the "
            "whole result.",
        ),
        (
            "Command line",
            f"Put your own address in place of `{address}` and paste everything it prints.\n"
            + code_block(f'chia wallet sign_message -a {address} -m "{text}"'),
        ),
        (
            "Sage and others",
            "Sage signs over WalletConnect only (`chia_signMessageByAddress`). Paste the public key and the signature.",
        ),
        (
            "Which address?",
            "The signature proves the one address that signs. If your NFTs are on several, link each of them.",
        ),
    ]


def _ethereum_ways() -> list[tuple[str, str]]:
    return [
        (
            "Any wallet that signs messages",
            "The call is `personal_sign`; wallets name it “Sign message”. On a computer: MyEtherWallet → Message → "
            "Sign, or Etherscan → Verified Signatures → Sign Message. Copy all lines of the text, the empty ones too.",
        ),
        (
            "What to paste",
            "The signature (0x and 130 more characters), or the whole JSON that the wallet shows.",
        ),
        (
            "Which account?",
            "The one the text names. A smart-contract wallet has no key of its own and cannot be linked here.",
        ),
    ]
