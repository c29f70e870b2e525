"""Loopring L2: who holds an NFT (`GET /api/v3/nft/info/nftHolders`).

The documented answer is `{"totalNum": 1, "nftHolders": [{"accountId", "address", "tokenId", "amount": "123"}]}`, at
most 50 rows a page. `address` is missing in older descriptions; then the account is looked up. `totalNum` counts
holders, who come and go while pages are read, so it proves nothing by itself. Therefore the pages are read a second
time, as those of a wallet are (`paging.py`), and the list is believed when it stood still.
"""

from collections.abc import Collection

from bot.domain.addresses import Address
from bot.domain.collection_passes import CollectionPass, CompletePass, PassTarget
from bot.domain.holdings import Holding, Holdings
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.http import HttpClient
from bot.providers.json_body import JsonValue, whole_number
from bot.providers.loopring import MOST_PAGES, NAME, PAGE_SIZE, LoopringOptions, open_endpoints, read_page
from bot.providers.loopring_accounts import AccountBook, read_address
from bot.providers.paging import Page, read_all

_PATH = ("api", "v3", "nft", "info", "nftHolders")
_ROWS = "nftHolders"


class LoopringHolders:
    """The client of Loopring's lists of holders, at the pace that it shares with the wallets."""

    name = NAME
    page_size = PAGE_SIZE

    def __init__(self, options: LoopringOptions, http: HttpClient) -> None:
        self.networks = options.networks
        self.spacing = options.spacing
        self._endpoints = open_endpoints(options, http)
        self._books = {
            network: AccountBook(endpoint) for network, endpoint in open_endpoints(options, http, keyed=False).items()
        }

    def calls_for(self, count: int) -> int:
        """Return how many calls a pass over so many holders takes: all pages, and all but the last once more."""
        pages = count // PAGE_SIZE + 1
        return 2 * pages - 1

    async def count(self, target: PassTarget) -> int | Unknown:
        """Ask how many holders an NFT has."""
        endpoint = self._endpoints.get(target.network)
        if endpoint is None:
            return _stranger(target)
        answer = await endpoint.get(*_PATH, query={"nftData": target.item, "offset": "0", "limit": "1"})
        page = answer if isinstance(answer, Unknown) else read_page(answer, _ROWS, _Rows().read)
        return endpoint.alarm.hear(page if isinstance(page, Unknown) else page.total)

    async def read_collection(self, target: PassTarget, wallets: Collection[Address] = ()) -> CollectionPass:
        """Ask who holds an NFT. The pass speaks of `wallets`, and of those whose addresses the list named."""
        endpoint = self._endpoints.get(target.network)
        if endpoint is None:
            return _stranger(target)
        rows = _Rows()
        calls = 0

        async def fetch(offset: int, again: bool) -> Page | Unknown:
            nonlocal calls
            calls += 1
            query = {"nftData": target.item, "offset": str(offset), "limit": str(PAGE_SIZE)}
            answer = await endpoint.get(*_PATH, query=query, join=not again)
            return answer if isinstance(answer, Unknown) else read_page(answer, _ROWS, rows.read)

        whole = endpoint.alarm.hear(
            await read_all(fetch, page_size=PAGE_SIZE, most_pages=MOST_PAGES, name=self.name),
        )
        if isinstance(whole, Unknown):
            return whole
        amounts = {account: amount for account, amount in whole.amounts.items() if amount > 0}
        if not amounts:
            # An NFT that exists has a holder. This is what an API says that has lost them.
            return Unknown(UnknownReason.INCOMPLETE, f"{self.name} names no holder of the NFT")
        book = self._books[target.network]
        book.make_room()
        asked = [wallet for wallet in wallets if wallet.network is target.network]
        outcome = book.learn(rows.owners) or await book.resolve(amounts, asked)
        if isinstance(outcome, Unknown):
            return outcome
        owners = {}
        for account, amount in amounts.items():
            owner = book.owner_of(account)
            if owner is not None:
                owners[owner] = Holdings((Holding(target.item, None, amount),))
        everybody = len(owners) == len(amounts)
        return CompletePass(
            target=target,
            owners=owners,
            without_owner=frozenset(),
            announced=len(whole.amounts),
            source=self.name,
            observed_at=whole.observed_at,
            calls=calls + outcome,
            speaks_of=None if everybody else frozenset(wallet.text for wallet in asked),
        )


class _Rows:
    """Reads rows as (account, amount), and keeps the addresses that they name."""

    def __init__(self) -> None:
        self.owners: dict[int, str] = {}

    def read(self, entry: JsonValue) -> tuple[int, int] | None:
        """Read a row; None when it is not one."""
        if not isinstance(entry, dict):
            return None
        account, amount = whole_number(entry.get("accountId")), whole_number(entry.get("amount"))
        if account is None or amount is None:
            return None
        if entry.get("address") is not None:
            owner = read_address(entry["address"])
            if owner is None or self.owners.setdefault(account, owner) != owner:
                return None
        return account, amount


def _stranger(target: PassTarget) -> Unknown:
    return Unknown(UnknownReason.NO_PROVIDER, f"{NAME} knows no holders on {target.network.label}")
