"""A text that a Chia wallet is asked to sign, and answers to it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain import chia_ids
from bot.domain.challenges import ChallengeTerms, ProofError, Purpose
from bot.domain.networks import Network
from bot.proof.chia import ChiaProver
from bot.sandbox.wallets import ChiaForm, ChiaTestWallet

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "vectors" / "chia_wallet.json").read_text())["vectors"]
SHARED = HERE.parents[2] / "shared" / "vectors" / "chia_wallet_live.json"
MODE = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_AUG:"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TERMS = ChallengeTerms(
    network=Network.CHIA_MAINNET,
    purpose=Purpose.LINK,
    user_id=80351110224678912,
    username="alice.w",
    guild_id=197038439483310086,
    nonce="3f9c0b7e5a1d44823f9c0b7e5a1d4482",
    issued_at=AT,
    expires_at=AT + timedelta(minutes=10),
    address=None,
)
PROVER = ChiaProver("verify.example.org")
TEXT = PROVER.challenge_text(TERMS)
ALICE = ChiaTestWallet.from_seed("alice")
MALLORY = ChiaTestWallet.from_seed("mallory")
KEY, SIGNATURE = ALICE.sign(TEXT, ChiaForm.TWO_WORDS).split()
GUI = json.loads(ALICE.sign(TEXT, ChiaForm.GUI_JSON))
ALICE_TESTNET = ChiaTestWallet.from_seed("alice", Network.CHIA_TESTNET11).address.text
_DECODED = chia_ids.decode(ALICE.address.text)
assert _DECODED is not None
HASH = _DECODED[1]


def refused(pasted: str, text: str = TEXT, terms: ChallengeTerms = TERMS) -> ProofError:
    with pytest.raises(ProofError) as caught:
        PROVER.verify(terms, text, pasted)
    return caught.value


def gui(**changed: str) -> str:
    return json.dumps({**GUI, **changed})


def cli(key: str = KEY, signature: str = SIGNATURE, mode: str = MODE + "CHIP-0002_", message: str = TEXT) -> str:
    return f"\nMessage: {message}\nPublic Key: {key}\nSignature: {signature}\nSigning Mode: {mode}\n"


def sign_payload(wallet: ChiaTestWallet, payload: bytes) -> str:
    return wallet._secret.sign(payload).to_bytes().hex()


def wrapped(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def key_outside_the_subgroup() -> str:
    """A point that is on the curve y² = x³ + 4 over the BLS12-381 field but not in the group of prime order."""
    p = int("1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16)
    x = next(x for x in range(1, 100) if pow(x**3 + 4, (p - 1) // 2, p) == 1)
    return f"{x | 1 << 383:096x}"


# Answers that prove a wallet
