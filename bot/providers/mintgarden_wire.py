"""MintGarden's answers, read strictly.

Lists are `{"items": [...], "page": <cursor or null>, "size": 100, "next": <cursor or null>, "previous": ...}`. An item
is flat: `encoded_id` (`nft1…`), `collection_id` (`col1…` or null), `owner_address_encoded_id` (an address, or null
where there is no owner) and much that does not matter here. A collection is an object with `id` and `nft_count`.
"""

from dataclasses import dataclass

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.holdings import Holding
from bot.domain.networks import Network
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.chia_rows import read_id, read_owner
from bot.providers.collection_walk import CollectionPage, OwnedRow
from bot.providers.cursors import CursorPage
from bot.providers.http_reply import Answer
from bot.providers.json_body import JsonValue, whole_number


@dataclass(frozen=True, slots=True)
class _Item:
    nft: str
    collection: str | None
    owner: str | None
    """The canonical address on the network that was asked; None where the item names none."""
    names_owner: bool
    """Whether the item has the field at all."""


@dataclass(frozen=True, slots=True)
class _List:
    items: tuple[_Item, ...]
    following: str | None
    names_following: bool
    """Whether the page has the field at all."""
    size: int | None


def wallet_page(answer: Answer, wallet: Address) -> CursorPage | Unknown:
    """Read a page of what a wallet holds. An item that names another owner makes it no answer to the question."""
    listed = _listed(answer, wallet.network)
    if isinstance(listed, Unknown):
        return listed
    # Without a total, only this tells that a page is the last. A missing field is not the same as null.
    if not listed.names_following:
        return _odd("there is no next")
    if any(item.owner not in (None, wallet.text) for item in listed.items):
        return _odd("an item belongs to another wallet")
    rows = tuple(Holding(item.nft, item.collection, 1) for item in listed.items)
    return CursorPage(rows, listed.following, listed.size, answer.asked_at)


def collection_page(answer: Answer, network: Network, collection: str, page_size: int) -> CollectionPage | Unknown:
    """Read a page of a collection. An item of another collection makes it no answer to the question."""
    listed = _listed(answer, network)
    if isinstance(listed, Unknown):
        return listed
    if any(item.collection != collection for item in listed.items):
        return _odd("an item belongs to another collection")
    if not all(item.names_owner for item in listed.items):
        return _odd("an item has no owner_address_encoded_id")
    rows = tuple(OwnedRow(item.nft, item.owner) for item in listed.items)
    is_short = len(rows) < min(page_size, listed.size or page_size)
    return CollectionPage(rows, listed.following, is_short, answer.asked_at)


def nft_count(answer: Answer, collection: str) -> int | Unknown:
    """Read how many NFTs a collection has."""
    body = _body(answer)
    if isinstance(body, Unknown):
        return body
    named, count = body.get("id"), whole_number(body.get("nft_count"))
    if read_id(named, chia_ids.COLLECTION_PREFIX) != collection or count is None:
        return _odd("it is another collection, or its nft_count is missing")
    return count


def _listed(answer: Answer, network: Network) -> _List | Unknown:
    body = _body(answer)
    if isinstance(body, Unknown):
        return body
    entries, following = body.get("items"), body.get("next")
    if not isinstance(entries, list) or not isinstance(following, str | None):
        return _odd("items is not a list, or next is not a cursor")
    items = []
    for entry in entries:
        item = _item(entry, network)
        if isinstance(item, Unknown):
            return item
        items.append(item)
    return _List(tuple(items), following or None, "next" in body, whole_number(body.get("size")) or None)


def _body(answer: Answer) -> dict[str, JsonValue] | Unknown:
    if answer.status != 200:
        return Unknown(UnknownReason.BAD_REQUEST, "mintgarden refused the request (HTTP 400)")
    return answer.body if isinstance(answer.body, dict) else _odd("the body is not an object")


def _item(entry: JsonValue, network: Network) -> _Item | Unknown:
    if not isinstance(entry, dict):
        return _odd("an item is not an object")
    nft = read_id(entry.get("encoded_id"), chia_ids.NFT_PREFIX)
    if nft is None or "collection_id" not in entry:
        return _odd("an item has no valid encoded_id, or no collection_id")
    collection = None
    if entry["collection_id"] is not None:
        collection = read_id(entry["collection_id"], chia_ids.COLLECTION_PREFIX)
        if collection is None:
            return _odd("an item has an invalid collection_id")
    owner = None
    if entry.get("owner_address_encoded_id") is not None:
        owner = read_owner(entry["owner_address_encoded_id"], network)
        if owner is None:
            return _odd("an item has an invalid owner_address_encoded_id")
    return _Item(nft, collection, owner, "owner_address_encoded_id" in entry)


def _odd(what: str) -> Unknown:
    return Unknown(UnknownReason.SCHEMA, f"mintgarden's answer is not as documented: {what}")
