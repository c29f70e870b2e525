"""Which Loopring account belongs to which address (`GET /api/v3/account`).

The documented answer is `{"accountId", "owner", ...}`. It is asked without a key: only then does the error "account not
found" mean that there is none. An account belongs to one address for ever, so what was learned is kept.
"""

import re
from collections.abc import Collection, Mapping

from bot.domain.addresses import Address
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.http import Endpoint
from bot.providers.http_reply import Answer
from bot.providers.json_body import JsonValue, whole_number
from bot.providers.loopring import odd, succeeded

_PATH = ("api", "v3", "account")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_MOST_KEPT = 100_000


def read_address(value: JsonValue) -> str | None:
    """Return the canonical spelling of an owner's address, or None when the value is not one.

    The API's mixed case is no checksum that could be relied upon, as its own examples show.
    """
    return value.lower() if isinstance(value, str) and _ADDRESS.fullmatch(value) else None


class AccountBook:
    """Accounts and their owners on one network, as far as they are known."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._owners: dict[int, str] = {}
        self._accounts: dict[str, int] = {}
        self._not_of: dict[int, frozenset[str]] = {}
        """Wallets of which it is known that a nameless account is not theirs."""
        self._edition = 0
        """Grows whenever everything is forgotten."""

    def owner_of(self, account: int) -> str | None:
        """Return the address of an account, if it is known."""
        return self._owners.get(account)

    def learn(self, owners: Mapping[int, str]) -> Unknown | None:
        """Keep what an API said; an `Unknown` when it contradicts itself or what it said before."""
        for account, owner in owners.items():
            if self._owners.get(account, owner) != owner or self._accounts.get(owner, account) != account:
                self._forget()  # Which of the two is right cannot be told.
                return odd("an account has two owners, or an owner two accounts")
            self._owners[account] = owner
            self._accounts[owner] = account
            self._not_of.pop(account, None)
        return None

    async def resolve(self, accounts: Collection[int], wallets: Collection[Address]) -> Unknown | int:
        """Find out which of these accounts belong to which of these wallets, in as few calls as it takes.

        Afterwards an account whose owner is not known belongs to none of the wallets. Returns the number of calls.
        """
        edition = self._edition
        strangers = {wallet.text: wallet for wallet in wallets if wallet.text not in self._accounts}
        doubtful: dict[int, frozenset[str]] = {}
        for account in accounts:
            candidates = strangers.keys() - self._not_of.get(account, frozenset())
            if account not in self._owners and candidates:
                doubtful[account] = frozenset(candidates)
        to_ask = frozenset[str]().union(*doubtful.values())
        by_wallet = len(to_ask) < len(doubtful)
        questions = [{"accountId": str(account)} for account in doubtful]
        if by_wallet:
            questions = [{"owner": strangers[wallet].display} for wallet in to_ask]
        for question in questions:
            trouble = await self._ask(question)
            if trouble is not None:
                return trouble
        if self._edition != edition:
            return odd("accounts and owners contradict each other")
        if by_wallet:
            for account in doubtful.keys() - self._owners.keys():
                self._not_of[account] = self._not_of.get(account, frozenset()) | to_ask
        return len(questions)

    def make_room(self) -> None:
        """Forget everything when it has grown absurd."""
        if max(len(self._owners), len(self._not_of)) > _MOST_KEPT:
            self._forget()

    def _forget(self) -> None:
        self._edition += 1
        self._owners.clear()
        self._accounts.clear()
        self._not_of.clear()

    async def _ask(self, question: Mapping[str, str]) -> Unknown | None:
        # Never joined to a question that is under way: an account may have been opened since that one was asked.
        answer = await self._endpoint.get(*_PATH, query=question, join=False)
        found = answer if isinstance(answer, Unknown) else _account(answer)
        if isinstance(found, Unknown):
            # A wallet without an account holds nothing there. An account number without an account makes no sense.
            nobody = found.reason is UnknownReason.NOT_FOUND and isinstance(answer, Answer) and "owner" in question
            return None if nobody else found
        account, owner = found
        asked = question.get("owner", owner).lower()
        if owner != asked or str(account) != question.get("accountId", str(account)):
            return odd("an account is not the one that was asked for")
        return self.learn({account: owner})


def _account(answer: Answer) -> tuple[int, str] | Unknown:
    body = succeeded(answer)
    if isinstance(body, Unknown):
        return body
    account, owner = whole_number(body.get("accountId")), read_address(body.get("owner"))
    if account is None or owner is None:
        return odd("an account without a number or an owner")
    return account, owner
