"""Exporting a rule's holders: who has the role by it, by which wallets, on what evidence."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.addresses import Address
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import UserError
from bot.domain.expressions import render
from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.members import Presence
from bot.domain.rules import Rule
from bot.domain.selectors import Selector
from bot.domain.verdicts import WalletCount, judge
from bot.services.admins import Admin
from bot.services.holder_files import CountedWallet, FileFormat, Header, Holder, HolderFile, writer_for
from bot.services.ports import Clock, Store
from bot.services.repositories import UnitOfWork

HOLDERS_PER_PAGE: Final = 50
KEY_NOTE: Final = "holders:key"
"""The installation's secret for pseudonyms. Whoever knows it can tell which pseudonym is which address."""
_HOLDING: Final = frozenset({LedgerState.HELD, LedgerState.TAKING})


class Exporting:
    """The use case of `/holders export`.

    Members who left or do not want to count here are left out, and so are wallets that hold nothing the rule asks for.
    """

    def __init__(self, store: Store, clock: Clock, stale_after: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._stale_after = stale_after

    async def rule(self, guild_id: int, role_id: int) -> Rule:
        """The rule of a role. Raises `UserError` when there is none."""
        async with self._store.unit() as unit:
            return await _rule_of(unit, guild_id, role_id)

    async def export(self, admin: Admin, role_id: int, kind: FileFormat, *, with_addresses: bool) -> HolderFile:
        """Write the file, and an audit line with its checksum.

        Raises `UserError` when the role has no rule, or when the file would be larger than Discord takes.
        """
        now = self._clock.now()
        async with self._store.unit() as unit:
            rule = await _rule_of(unit, admin.guild_id, role_id)
            selectors = {one.name: one.selector for one in await unit.collections.of_guild(admin.guild_id)}
            present = set(await unit.members.in_guild(admin.guild_id, Presence.PRESENT))
            entries = [
                entry
                for entry in await unit.ledger.of_role(admin.guild_id, role_id)
                if entry.state in _HOLDING and entry.user_id in present
            ]
            key = await unit.notes.ensure(KEY_NOTE, secrets.token_hex(32))
        naming = _Naming(bytes.fromhex(key), admin.guild_id, with_addresses=with_addresses)
        header = Header(now, admin.guild_id, role_id, rule.role_name, render(rule.expression), with_addresses)
        writer = writer_for(kind, header)
        for start in range(0, len(entries), HOLDERS_PER_PAGE):
            page = entries[start : start + HOLDERS_PER_PAGE]
            holders = await self._holders(rule, selectors, page, naming, now)
            await asyncio.to_thread(writer.add, holders)
        file = await asyncio.to_thread(writer.finish)
        await self._record(admin, rule, file, with_addresses=with_addresses)
        return file

    async def _holders(
        self,
        rule: Rule,
        selectors: Mapping[str, Selector],
        entries: Sequence[LedgerEntry],
        naming: "_Naming",
        now: datetime,
    ) -> Sequence[Holder]:
        holders = []
        async with self._store.unit() as unit:
            for entry in entries:
                if await unit.opt_outs.withdrawal(entry.guild_id, entry.user_id) is not None:
                    continue
                wallets = [link.wallet for link in await unit.links.of_user(entry.user_id)]
                judgement = judge(rule, selectors, wallets, now, self._stale_after)
                counted = tuple(
                    found
                    for name, shares in judgement.shares.items()
                    for share in shares
                    if (found := _counted(name, selectors[name], share, naming)) is not None
                )
                holders.append(Holder(entry.user_id, entry.given_at, judgement.verdict, counted))
        return holders

    async def _record(self, admin: Admin, rule: Rule, file: HolderFile, *, with_addresses: bool) -> None:
        what = "full addresses" if with_addresses else "pseudonyms of wallets"
        after = f"{file.name} with {what} of {file.holders} members, SHA-256 {file.sha256}"
        line = AuditLine(
            self._clock.now(), admin.guild_id, admin.user_id, AuditAction.HOLDERS_EXPORTED, rule.role_name, after=after
        )
        async with self._store.unit() as unit:
            await unit.audit.add(line)


class _Naming:
    """What a wallet is called in a file: its address, or a pseudonym that is the same in every file of one server."""

    def __init__(self, key: bytes, guild_id: int, *, with_addresses: bool) -> None:
        self._key = key
        self._guild_id = guild_id
        self._with_addresses = with_addresses

    def of(self, address: Address) -> str:
        if self._with_addresses:
            return address.text
        message = f"{self._guild_id}\n{address.network.value}\n{address.text}".encode()
        return f"w{hmac.new(self._key, message, hashlib.sha256).hexdigest()[:32]}"


def _counted(name: str, selector: Selector, share: WalletCount, naming: _Naming) -> CountedWallet | None:
    """What a wallet contributes; None when it contributes nothing. Without evidence it is what was last known."""
    wallet = share.wallet
    is_current = share.count.high is not None
    count = share.count.low if is_current else selector.counts(wallet.holdings)
    if count == 0:
        return None
    return CountedWallet(
        wallet.address.network, naming.of(wallet.address), name, count, is_current, wallet.read_at, wallet.source
    )


async def _rule_of(unit: UnitOfWork, guild_id: int, role_id: int) -> Rule:
    rule = await unit.rules.of_role(guild_id, role_id)
    if rule is None:
        raise UserError(f"There is no rule for <@&{role_id}>. See the rules with `/rule list`.")
    return rule
