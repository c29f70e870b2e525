"""Addresses: one canonical spelling each, and an answer that names the mistake when a text is not one.

Chia: bech32m of a 32-byte puzzle hash; the prefix tells the network. The canonical text and the puzzle hash
determine each other within a network. Ethereum-style: 20 bytes in hex; mixed case must pass EIP-55. Stored lower-case
and shown checksummed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from eth_utils.address import is_checksum_address, is_checksum_formatted_address, to_checksum_address

from bot.domain import chia_ids
from bot.domain.errors import UserError
from bot.domain.networks import CHIA_PREFIX, Family, Network

_EVM = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_ACCOUNT_ID = re.compile(r"[0-9]{1,10}", re.ASCII)
_LOOKS_LIKE_NAME = re.compile(r"[\w-]+(\.[\w-]+)*\.(eth|xch|txch|loopring)", re.IGNORECASE)


class AddressFault(StrEnum):
    """Why a text is not an address of the network it was given for."""

    EMPTY = "empty"
    MIXED_CASE = "mixed_case"
    BAD_CHECKSUM = "bad_checksum"
    OTHER_NETWORK = "other_network"
    NFT_ID = "nft_id"
    COLLECTION_ID = "collection_id"
    DID = "did"
    NAME = "name"
    ZERO = "zero_address"
    MALFORMED = "bad_address"


class AddressError(UserError):
    """The text is not an address of that network; `fault` says which mistake it is."""

    def __init__(self, fault: AddressFault, network: Network, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.network = network


@dataclass(frozen=True)
class Address:
    """A checked address in canonical spelling. Its repr and str are shortened, so that logs never hold it whole."""

    network: Network
    text: str

    @cached_property
    def display(self) -> str:
        """The full address as its owner expects to read it (checksummed on Ethereum-style networks)."""
        return to_checksum_address(self.text) if self.network.family is Family.ETHEREUM else self.text

    @property
    def short(self) -> str:
        """Enough to recognise one's own wallet, not enough to look it up."""
        return f"{self.display[:7]}…{self.display[-4:]}"

    def __str__(self) -> str:
        return self.short

    def __repr__(self) -> str:
        return f"Address({self.network.value}, {self.short})"


@dataclass(frozen=True, slots=True)
class AccountId:
    """A Loopring L2 account number, the other name under which that API knows an owner."""

    network: Network
    number: int

    @property
    def text(self) -> str:
        """The number as text."""
        return str(self.number)


ReadTarget = Address | AccountId
"""What a provider can be asked about."""


def parse_address(network: Network, text: str) -> Address:
    """Check a pasted address and return it in canonical spelling; raise `AddressError` that names the mistake."""
    stripped = text.strip()
    if not stripped:
        raise AddressError(AddressFault.EMPTY, network, f"No address was given. {_expected(network)}")
    if _LOOKS_LIKE_NAME.fullmatch(stripped):
        raise AddressError(
            AddressFault.NAME,
            network,
            f"{_shown(stripped)} is a name, and names can change hands. {_expected(network)}",
        )
    if network.family is Family.CHIA:
        return _parse_chia(network, stripped)
    return _parse_evm(network, text.strip(" \t"))


def parse_target(network: Network, text: str) -> ReadTarget:
    """Like `parse_address`, but on Loopring a plain number is taken as an account id."""
    if network in (Network.LOOPRING, Network.LOOPRING_TESTNET) and _ACCOUNT_ID.fullmatch(text.strip()):
        return AccountId(network, int(text.strip()))
    return parse_address(network, text)


def _parse_chia(network: Network, text: str) -> Address:
    if _EVM.fullmatch(text):
        raise AddressError(
            AddressFault.OTHER_NETWORK,
            network,
            f"{_shown(text)} is an Ethereum-style address, not one on {network.label}. {_expected(network)}",
        )
    if text.lower() != text and text.upper() != text:
        raise AddressError(
            AddressFault.MIXED_CASE,
            network,
            f"{_shown(text)} mixes upper and lower case, so it cannot be checked for typos. "
            "Copy it again from your wallet.",
        )
    lowered = text.lower()
    decoded = chia_ids.decode(lowered)
    prefix = decoded[0] if decoded else lowered.rpartition("1")[0]
    if decoded is not None and prefix == CHIA_PREFIX[network]:
        return Address(network, chia_ids.encode(*decoded))
    raise _chia_error(network, text, prefix, checksum_ok=decoded is not None)


def _chia_error(network: Network, text: str, prefix: str, *, checksum_ok: bool) -> AddressError:
    for other, other_prefix in CHIA_PREFIX.items():
        if prefix == other_prefix and other is not network and checksum_ok:
            return AddressError(
                AddressFault.OTHER_NETWORK,
                network,
                f"{_shown(text)} is an address on {other.label}, not on {network.label}. {_expected(network)}",
            )
    pasted = _no_wallet(network, text, prefix)
    if pasted is not None:
        return pasted
    if prefix in CHIA_PREFIX.values():
        return AddressError(
            AddressFault.BAD_CHECKSUM,
            network,
            f"{_shown(text)} has a typo: its checksum does not match. Copy it again from your wallet.",
        )
    return AddressError(AddressFault.MALFORMED, network, f"{_shown(text)} is not an address. {_expected(network)}")


def _no_wallet(network: Network, text: str, prefix: str) -> AddressError | None:
    """Name a Chia id that is of something else than a wallet."""
    known = {
        chia_ids.NFT_PREFIX: (AddressFault.NFT_ID, "the id of an NFT"),
        chia_ids.COLLECTION_PREFIX: (AddressFault.COLLECTION_ID, "the id of a collection"),
        chia_ids.DID_PREFIX: (AddressFault.DID, "a DID (an identity)"),
    }.get(prefix)
    if known is None:
        return None
    fault, what = known
    return AddressError(fault, network, f"{_shown(text)} is {what}, not a wallet address. {_expected(network)}")


def _parse_evm(network: Network, text: str) -> Address:
    chia = chia_ids.decode(text.lower())
    if chia is not None and chia[0] in CHIA_PREFIX.values():
        raise AddressError(
            AddressFault.OTHER_NETWORK,
            network,
            f"{_shown(text)} is a Chia address, not one on {network.label}. {_expected(network)}",
        )
    other = None if chia is None else _no_wallet(network, text, chia[0])
    if other is not None:
        raise other
    if _EVM.fullmatch(text) is None:
        raise AddressError(AddressFault.MALFORMED, network, f"{_shown(text)} is not an address. {_expected(network)}")
    if int(text, 16) == 0:
        raise AddressError(
            AddressFault.ZERO,
            network,
            f"The zero address belongs to nobody, so nobody can prove it. {_expected(network)}",
        )
    if is_checksum_formatted_address(text) and not is_checksum_address(text):
        raise AddressError(
            AddressFault.BAD_CHECKSUM,
            network,
            f"{_shown(text)} has a typo: its upper and lower case letters do not match its EIP-55 checksum. "
            "Copy it again from your wallet.",
        )
    return Address(network, text.lower())


def _expected(network: Network) -> str:
    if network.family is Family.CHIA:
        prefix = CHIA_PREFIX[network]
        return f"A {network.label} wallet address starts with {prefix}1; your wallet shows it under Receive."
    return f"A {network.label} address starts with 0x and has 40 more characters, 0-9 and a-f."


def _shown(text: str) -> str:
    """The pasted text, cut so that an absurd paste stays readable and an address does not appear whole."""
    single = "".join(ch if ch.isprintable() else "?" for ch in text)
    short = f"{single[:9]}…{single[-4:]}" if len(single) > 24 else single
    return f"“{short}”"
