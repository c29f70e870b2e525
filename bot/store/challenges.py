"""Challenges."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.addresses import Address
from bot.domain.challenges import Challenge, ChallengeTerms
from bot.store.models import ChallengeRow
from bot.store.statements import write


class SqlChallenges:
    """Challenges in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, terms: ChallengeTerms, text: str, holder: str | None = None) -> Challenge:
        """Remember a challenge."""
        row = ChallengeRow(
            network=terms.network,
            purpose=terms.purpose,
            user_id=terms.user_id,
            username=terms.username,
            guild_id=terms.guild_id,
            nonce=terms.nonce,
            issued_at=terms.issued_at,
            expires_at=terms.expires_at,
            address=None if terms.address is None else terms.address.text,
            text=text,
            holder=holder,
        )
        self._session.add(row)
        await self._session.flush()
        return Challenge(row.id, terms, text, holder=holder)

    async def get(self, challenge_id: int) -> Challenge | None:
        """Return one challenge."""
        query = select(ChallengeRow).where(ChallengeRow.id == challenge_id)
        row = (await self._session.scalars(query)).one_or_none()
        return None if row is None else _challenge(row)

    async def consume(self, challenge_id: int, now: datetime) -> bool:
        """Use a challenge up, atomically: True for exactly one caller, and only before it expires."""
        usable = update(ChallengeRow).where(
            ChallengeRow.id == challenge_id, ChallengeRow.used_at.is_(None), ChallengeRow.expires_at > now
        )
        return await write(self._session, usable.values(used_at=now)) == 1

    async def open_count(self, user_id: int, now: datetime) -> int:
        """Count a user's unanswered, unexpired challenges."""
        query = select(func.count()).where(
            ChallengeRow.user_id == user_id, ChallengeRow.used_at.is_(None), ChallengeRow.expires_at > now
        )
        return (await self._session.scalars(query)).one()

    async def purge(self, expired_before: datetime) -> int:
        """Delete challenges that expired before then. Returns how many."""
        return await write(self._session, delete(ChallengeRow).where(ChallengeRow.expires_at < expired_before))


def _challenge(row: ChallengeRow) -> Challenge:
    terms = ChallengeTerms(
        network=row.network,
        purpose=row.purpose,
        user_id=row.user_id,
        username=row.username,
        guild_id=row.guild_id,
        nonce=row.nonce,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        address=None if row.address is None else Address(row.network, row.address),
    )
    return Challenge(row.id, terms, row.text, row.used_at, row.holder)
