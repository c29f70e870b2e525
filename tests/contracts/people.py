"""Who signs what in these tests."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.addresses import Address
from bot.domain.challenges import ChallengeTerms, ProofError, ProvenWallet, Purpose
from bot.domain.networks import Network
from bot.proof.contract_wallets import ContractWallets
from bot.proof.ethereum import EthereumProver
from bot.sandbox.wallets import EthereumTestWallet

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALICE = EthereumTestWallet.from_seed("alice")
MALLORY = EthereumTestWallet.from_seed("mallory")
PROVER = EthereumProver("verify.example.org")


def terms_for(wallet: str) -> ChallengeTerms:
    return ChallengeTerms(
        network=Network.LOOPRING,
        purpose=Purpose.LINK,
        user_id=80351110224678912,
        username="alice.w",
        guild_id=197038439483310086,
        nonce="3f9c0b7e5a1d44823f9c0b7e5a1d4482",
        issued_at=AT,
        expires_at=AT + timedelta(minutes=10),
        address=Address(Network.LOOPRING, wallet),
    )


def text_for(wallet: str) -> str:
    """The challenge text for a wallet; it names the wallet."""
    return PROVER.challenge_text(terms_for(wallet))


async def proven(wallets: ContractWallets, wallet: str, pasted: str) -> ProvenWallet:
    return await wallets.verify(terms_for(wallet), text_for(wallet), pasted)


async def refused(wallets: ContractWallets, wallet: str, pasted: str) -> ProofError:
    with pytest.raises(ProofError) as caught:
        await proven(wallets, wallet, pasted)
    assert wallet[10:30] not in str(caught.value).lower()
    return caught.value
