"""What passes over collections confirmed wallets for. Each set is stored once, however many wallets it concerns."""

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.planning_models import ReadScopeRow
from bot.store.statements import in_batches, insert_into, write

Scope = frozenset[str]


def digest_of(scope: Scope | None) -> str | None:
    """Return what a scope is stored under."""
    if scope is None:
        return None
    return hashlib.blake2b("\n".join(sorted(scope)).encode(), digest_size=16).hexdigest()


async def remember(session: AsyncSession, scopes: Iterable[Scope | None]) -> None:
    """Store those of the scopes that are not stored yet."""
    for scope in {scope for scope in scopes if scope is not None}:
        new = insert_into(session, ReadScopeRow).values(digest=digest_of(scope), items=sorted(scope))
        await write(session, new.on_conflict_do_nothing())


async def recall(session: AsyncSession, digests: Iterable[str | None]) -> Mapping[str, Scope]:
    """Return scopes by their digests. One that is lost confirms nothing."""
    wanted = {digest for digest in digests if digest is not None}
    found = {digest: Scope() for digest in wanted}
    for some in in_batches(wanted):
        rows = await session.execute(
            select(ReadScopeRow.digest, ReadScopeRow.items).where(ReadScopeRow.digest.in_(some))
        )
        found |= {digest: Scope(items) for digest, items in rows}
    return found
