"""Challenges: the one-time texts that wallets sign, and what a proof can turn out to be."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.addresses import Address
from bot.domain.errors import UserError
from bot.domain.networks import Network

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Purpose(StrEnum):
    """What a signature is asked for. The word is part of the signed text, so one cannot stand in for the other."""

    LINK = "link"
    UNLINK = "unlink"


NOBODY: Final = 0
"""The user id in the terms of a challenge that is made for no Discord account: whoever holds the wallet is meant."""


class ProofKind(StrEnum):
    """How a wallet was proven."""

    CHIP_0002 = "chip-0002"
    EOA = "eoa"
    EIP_1271 = "eip-1271"
    """A deployed contract said that the signature is its own."""
    EIP_6492 = "eip-6492"
    """A contract said so that is not deployed yet; its address follows from what it will be."""


@dataclass(frozen=True, slots=True)
class ChallengeTerms:
    """Everything a challenge text is bound to. Times are aware and UTC."""

    network: Network
    purpose: Purpose
    user_id: int
    username: str
    guild_id: int
    nonce: str
    """32 hexadecimal digits from a cryptographic source."""
    issued_at: datetime
    expires_at: datetime
    address: Address | None
    """Named beforehand on Ethereum-style networks; None on Chia, where the public key determines it."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as it is remembered: its terms, the exact text, and whether it was answered."""

    id: int
    terms: ChallengeTerms
    text: str
    used_at: datetime | None = None
    holder: str | None = None
    """The digest of the secret that whoever answers must have shown: a browser session's, or the challenge's own.
    None for one that was handed out in Discord."""


@dataclass(frozen=True, slots=True)
class ContractEvidence:
    """What a contract wallet was asked, so that it can be asked again: its answer changes with its owner.

    Raises `ValueError` when it holds no question that could have been asked.
    """

    digest: str
    """The hash of the text as EIP-191 says, 64 lower-case hexadecimal digits."""
    signature: bytes = field(repr=False)
    """As it was sent, with its EIP-6492 envelope if it came in one."""

    def __post_init__(self) -> None:
        if _DIGEST.fullmatch(self.digest) is None or not self.signature:
            raise ValueError("evidence is a 32-byte hash in lower-case hex and a signature")


@dataclass(frozen=True, slots=True)
class ProvenWallet:
    """The address that the signature proves, and how."""

    address: Address
    kind: ProofKind
    evidence: ContractEvidence | None = None
    """There for contract wallets only: other proofs hold for ever."""


class ProofFault(StrEnum):
    """Why a pasted answer does not prove a wallet. Short codes, safe to log and count."""

    NOT_A_SIGNATURE = "not_a_signature"
    NO_PUBLIC_KEY = "no_public_key"
    BAD_PUBLIC_KEY = "bad_public_key"
    BAD_SIGNATURE_FORM = "bad_signature_form"
    RAW_SIGNING_MODE = "raw_signing_mode"
    OTHER_MESSAGE = "other_message"
    OTHER_ADDRESS = "other_address"
    OTHER_NETWORK = "other_network"
    WRONG_SIGNATURE = "wrong_signature"
    TOO_LONG = "too_long"


class ProofError(UserError):
    """The answer does not prove the wallet; `fault` says why."""

    def __init__(self, fault: ProofFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class NoContractError(ProofError):
    """There is no contract at the address that could be asked, so the key's own check says best what went wrong."""


class ProofOutage(StrEnum):
    """Why a proof could not be checked. Short codes, safe to log and count."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    RATE = "rate"
    SYNCING = "syncing"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    WRONG_CHAIN = "wrong_chain"
    NOT_SERVED = "not_served"
    CLOSED = "closed"


_BECAUSE = {
    ProofOutage.TIMEOUT: "the blockchain node did not answer in time",
    ProofOutage.UNREACHABLE: "the blockchain node could not be reached",
    ProofOutage.REFUSED: "the blockchain node refused the question",
    ProofOutage.RATE: "the blockchain node gets too many questions at the moment",
    ProofOutage.SYNCING: "the blockchain node is still catching up with its chain",
    ProofOutage.MALFORMED: "the blockchain node gave an answer that makes no sense",
    ProofOutage.TOO_LARGE: "the blockchain node gave an answer that is too long to be read",
    ProofOutage.WRONG_CHAIN: "the blockchain node belongs to another chain, which only the bot's host can repair",
    ProofOutage.NOT_SERVED: "no blockchain node is set up for this network",
    ProofOutage.CLOSED: "the bot is shutting down",
}


class ProofUnavailableError(UserError):
    """Nobody can say whether the answer proves the wallet. Not a verdict: what exists stays as it is."""

    def __init__(self, outage: ProofOutage) -> None:
        super().__init__(
            f"Your signature could not be checked because {_BECAUSE[outage]}. "
            "Nothing was linked; try again in a few minutes."
        )
        self.outage = outage
