"""Which assets a server's collection means, and how many of them somebody holds.

Assets are selected by ids that the chain itself vouches for. Names and metadata ids are never accepted: anybody can
mint an NFT that carries them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain import chia_ids
from bot.domain.errors import UserError
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import CHIA_PREFIX, Family, Network
from bot.domain.poseidon import NftType, native_nft_data, redeposited_nft_data

ITEMS_MAX: Final = 500
"""How many ids one collection may list, as they were pasted."""


class SelectorKind(StrEnum):
    """How a collection names its assets; the value is the word that admins type and that the database holds."""

    CHIA_COLLECTION = "chia-collection"
    """Everything in one or more Chia collections (`col1…`)."""
    NFT_SET = "nft-set"
    """Single Chia NFTs (`nft1…`)."""
    NFT_DATA_SET = "nft-data-set"
    """Loopring NFTs by nftData."""
    ANY = "any"
    """Every NFT on the network."""


_KINDS: Final = {
    Family.CHIA: (SelectorKind.CHIA_COLLECTION, SelectorKind.NFT_SET, SelectorKind.ANY),
    Family.ETHEREUM: (SelectorKind.NFT_DATA_SET, SelectorKind.ANY),
}


def kinds_on(network: Network) -> tuple[SelectorKind, ...]:
    """Return the kinds of selector that a network offers."""
    return _KINDS[network.family]


@dataclass(frozen=True, slots=True)
class Selector:
    """A choice of assets on one network.

    `items` are canonical ids as in `Holding`: collections for `chia-collection`, assets for the sets, none for `any`.
    Raise `ValueError` for a kind that the network does not have, or for items that do not fit the kind.
    """

    network: Network
    kind: SelectorKind
    items: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.kind not in kinds_on(self.network):
            raise ValueError(f"{self.network} has no {self.kind}")
        if (self.kind is SelectorKind.ANY) is bool(self.items):
            raise ValueError(f"{self.kind} with {len(self.items)} items")

    def matches(self, holding: Holding) -> bool:
        """Tell whether an asset on the selector's network is one of those chosen."""
        match self.kind:
            case SelectorKind.ANY:
                return True
            case SelectorKind.CHIA_COLLECTION:
                return holding.collection in self.items
            case SelectorKind.NFT_SET | SelectorKind.NFT_DATA_SET:
                return holding.asset in self.items

    def counts(self, *wallets: Holdings) -> int:
        """Count what wallets on the selector's network hold of it.

        Amounts are added up. A Chia NFT exists once, so it counts once, also when it was seen in two wallets because
        it moved from one to the other between their readings.
        """
        held = [holding for holdings in wallets for holding in holdings if self.matches(holding)]
        if self.network.family is Family.CHIA:
            return len({holding.asset for holding in held})
        return sum(holding.amount for holding in held)

    def describe(self) -> str:
        """Say in one short line what is selected."""
        if self.kind is SelectorKind.ANY:
            return f"any NFT on {self.network.label}"
        one, many = _NOUNS[self.kind]
        if len(self.items) == 1:
            return f"{one} {_shown(min(self.items))} on {self.network.label}"
        return f"{len(self.items)} {many} on {self.network.label}"


_NOUNS: Final = {
    SelectorKind.CHIA_COLLECTION: ("collection", "collections"),
    SelectorKind.NFT_SET: ("NFT", "NFTs"),
    SelectorKind.NFT_DATA_SET: ("nftData", "nftData"),
}


def parse_selector(network: Network, kind: SelectorKind, text: str) -> Selector:
    """Read the ids that an admin pasted, separated by commas, semicolons, spaces or new lines, doubles allowed.

    A Loopring NFT may be given as `tokenAddress/nftId/minter/royalty` (and `/ERC721` for that standard). It then
    stands for both of its nftData: as minted, and as withdrawn and deposited back. Hashing takes about a
    millisecond for each.
    Raise `UserError` that names the item and says what is wanted instead.
    """
    if kind not in kinds_on(network):
        offered = ", ".join(kinds_on(network))
        raise UserError(f"{network.label} has no collections of the kind {kind}. It has: {offered}.")
    items = list(dict.fromkeys(re.findall(r"[^\s,;]+", text)))
    if kind is SelectorKind.ANY:
        if items:
            raise UserError("The kind “any” counts every NFT on the network, so it takes no ids. Leave them out.")
        return Selector(network, kind)
    if not items:
        raise UserError(f"No ids were given. {_WANTED[kind]}")
    if len(items) > ITEMS_MAX:
        raise UserError(f"{len(items)} ids are too many for one collection; {ITEMS_MAX} are allowed.")
    return Selector(network, kind, frozenset(_read_all(kind, items)))


def _read_all(kind: SelectorKind, items: list[str]) -> Iterable[str]:
    for number, item in enumerate(items, start=1):
        where = f"Item {number}, “{_shown(item)}”," if len(items) > 1 else f"“{_shown(item)}”"
        if kind is SelectorKind.NFT_DATA_SET and "/" in item and "://" not in item:
            try:
                yield from _expand(item)
            except ValueError as error:
                raise UserError(f"{where} cannot be read: {error}. {_WANTED[kind]}") from None
        elif (canonical := _canonical(kind, item)) is not None:
            yield canonical
        else:
            raise UserError(f"{where} {_mistake(kind, item)} {_WANTED[kind]}")


def _canonical(kind: SelectorKind, item: str) -> str | None:
    if kind is SelectorKind.CHIA_COLLECTION:
        return chia_ids.canonical(item, chia_ids.COLLECTION_PREFIX)
    if kind is SelectorKind.NFT_SET:
        if re.fullmatch(r"(0[xX])?[0-9a-fA-F]{64}", item, re.ASCII):
            return chia_ids.encode(chia_ids.NFT_PREFIX, bytes.fromhex(item[-64:]))
        return chia_ids.canonical(item, chia_ids.NFT_PREFIX)
    # 40 digits are an address. A hash with 24 leading zeros does not occur, and padded to 64 it would be accepted.
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,64}", item, re.ASCII) and not _EVM_ADDRESS.fullmatch(item):
        return f"0x{int(item, 16):064x}"
    return None


_EVM_ADDRESS: Final = re.compile(r"0[xX][0-9a-fA-F]{40}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_BECH32_LIKE: Final = re.compile(r"(xch|txch|nft|col|did:chia:)1[0-9a-z]{20,}", re.IGNORECASE | re.ASCII)

_WANTED: Final = {
    SelectorKind.CHIA_COLLECTION: (
        "A Chia collection is given by its id, which begins with col1; its page on an NFT explorer shows it."
    ),
    SelectorKind.NFT_SET: "Chia NFTs are given by their ids, which begin with nft1, or by 64-digit launcher ids.",
    SelectorKind.NFT_DATA_SET: (
        "Loopring NFTs are given by nftData (0x and up to 64 digits) or as tokenAddress/nftId/minter/royalty."
    ),
}


def _mistake(kind: SelectorKind, item: str) -> str:
    """Say what a refused item is, and which way would be the right one."""
    decoded = chia_ids.decode(item)
    if decoded is not None:
        prefix = decoded[0]
        if prefix in CHIA_PREFIX.values():
            return "is a wallet address, not something that a wallet holds."
        if kind is SelectorKind.NFT_DATA_SET:
            return "is an id on Chia, and this collection is on Loopring."
        if prefix == chia_ids.NFT_PREFIX:
            return f"is the id of a single NFT; for single NFTs choose the kind {SelectorKind.NFT_SET}."
        if prefix == chia_ids.COLLECTION_PREFIX:
            return f"is a whole collection; for that choose the kind {SelectorKind.CHIA_COLLECTION}."
        if prefix == chia_ids.DID_PREFIX:
            return "is the DID of a person or creator, who may mint many collections."
        return "is an id of another sort."
    if _BECH32_LIKE.fullmatch(item):
        return "is mistyped: its checksum does not fit, so a character is wrong, missing or in the wrong case."
    if _UUID.fullmatch(item):
        return "is a collection id from metadata (CHIP-0007). Anybody can copy that into an NFT, so it proves nothing."
    if _EVM_ADDRESS.fullmatch(item):
        return "is an Ethereum address: a wallet or a contract, not an NFT."
    if "://" in item:
        return "is a link. Paste the id alone."
    if re.fullmatch(r"(0[xX])?[0-9a-fA-F]{60,}", item, re.ASCII):
        if kind is SelectorKind.NFT_DATA_SET and len(item) == 64:
            return "has no 0x in front."
        if kind is SelectorKind.CHIA_COLLECTION:
            return "is a hexadecimal id."
        return "has the wrong number of digits."
    return "is not an id. Names can be copied by anybody, so only ids count."


def _expand(item: str) -> tuple[str, str]:
    """Return both nftData of `tokenAddress/nftId/minter/royalty[/nftType]`; raise `ValueError` with the reason."""
    fields = item.split("/")
    if len(fields) not in (4, 5):
        raise ValueError(f"it has {len(fields)} parts between the strokes instead of 4 or 5")
    token, nft_id = _address(fields[0], "token"), _nft_id(fields[1])
    minter, royalty = _address(fields[2], "minter"), _royalty(fields[3])
    standard = fields[4].upper() if len(fields) == 5 else NftType.ERC1155.name
    if standard not in NftType.__members__:
        raise ValueError("the token standard is neither ERC1155 nor ERC721")
    kind = NftType[standard]
    return native_nft_data(token, nft_id, minter, royalty, kind), redeposited_nft_data(token, nft_id, kind)


def _address(text: str, what: str) -> int:
    if not _EVM_ADDRESS.fullmatch(text):
        raise ValueError(f"the {what} address is not 0x and 40 digits")
    return int(text, 16)


def _nft_id(text: str) -> int:
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,64}", text, re.ASCII):
        return int(text, 16)
    if re.fullmatch(r"[0-9]{1,78}", text, re.ASCII) and int(text) < 1 << 256:
        return int(text)
    raise ValueError("the nftId is neither 0x with up to 64 digits nor a decimal number below 2^256")


def _royalty(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) and int(text) <= 100:
        return int(text)
    raise ValueError("the royalty is not a whole number of per cent from 0 to 100")


def _shown(item: str) -> str:
    """Shorten an id, so that no wallet address appears whole where it does not belong."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in item)
    return plain if len(plain) <= 20 else f"{plain[:10]}…{plain[-4:]}"
