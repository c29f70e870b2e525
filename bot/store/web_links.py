"""One-time links, browser sessions and pending proofs."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.addresses import Address
from bot.domain.challenges import ContractEvidence, ProvenWallet
from bot.domain.links import Applicant
from bot.domain.web_links import PendingProof, WebLink, WebSession
from bot.store.statements import write
from bot.store.web_models import PendingProofRow, WebLinkRow, WebSessionRow


class SqlWebLinks:
    """One-time links and sessions in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, link: WebLink) -> None:
        """Remember a link."""
        self._session.add(
            WebLinkRow(
                digest=link.digest,
                user_id=link.who.user_id,
                username=link.who.username,
                guild_id=link.who.guild_id,
                locale=link.locale[:16],
                challenge_id=link.challenge_id,
                created_at=link.created_at,
                expires_at=link.expires_at,
            )
        )
        await self._session.flush()

    async def get(self, digest: str) -> WebLink | None:
        """Return one link."""
        row = (await self._session.scalars(select(WebLinkRow).where(WebLinkRow.digest == digest))).one_or_none()
        if row is None:
            return None
        return WebLink(
            row.digest,
            Applicant(row.user_id, row.username, row.guild_id),
            row.locale,
            row.created_at,
            row.expires_at,
            row.challenge_id,
            row.used_at,
        )

    async def consume(self, digest: str, now: datetime) -> bool:
        """Use a link up, atomically: True for exactly one caller, and only before it expires."""
        usable = update(WebLinkRow).where(
            WebLinkRow.digest == digest, WebLinkRow.used_at.is_(None), WebLinkRow.expires_at > now
        )
        return await write(self._session, usable.values(used_at=now)) == 1

    async def made_since(self, user_id: int, since: datetime) -> int:
        """Count the links that were made for a user since then."""
        query = select(func.count()).where(WebLinkRow.user_id == user_id, WebLinkRow.created_at > since)
        return (await self._session.scalars(query)).one()

    async def add_session(self, session: WebSession) -> None:
        """Remember a session."""
        self._session.add(
            WebSessionRow(
                digest=session.digest,
                user_id=session.who.user_id,
                username=session.who.username,
                guild_id=session.who.guild_id,
                locale=session.locale[:16],
                is_confirmed=session.is_confirmed,
                challenge_id=session.challenge_id,
                began_at=session.began_at,
                expires_at=session.expires_at,
            )
        )
        await self._session.flush()

    async def session(self, digest: str, now: datetime) -> WebSession | None:
        """Return one session that has not expired."""
        query = select(WebSessionRow).where(WebSessionRow.digest == digest, WebSessionRow.expires_at > now)
        row = (await self._session.scalars(query)).one_or_none()
        if row is None:
            return None
        return WebSession(
            row.digest,
            Applicant(row.user_id, row.username, row.guild_id),
            row.locale,
            row.is_confirmed,
            row.began_at,
            row.expires_at,
            row.challenge_id,
        )

    async def confirm_session(self, digest: str) -> None:
        """Note that a session is known to be the member's."""
        await write(
            self._session, update(WebSessionRow).where(WebSessionRow.digest == digest).values(is_confirmed=True)
        )

    async def purge(self, expired_before: datetime) -> int:
        """Delete links, sessions and pending proofs that expired before then. Returns how many."""
        return sum(
            [
                await write(self._session, delete(row).where(row.expires_at < expired_before))
                for row in (WebLinkRow, WebSessionRow, PendingProofRow)
            ]
        )


class SqlPendingProofs:
    """Proofs that wait for a code, in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, session: str, who: Applicant, proven: ProvenWallet, code: str, tries: int, expires_at: datetime
    ) -> None:
        """Remember a proof in place of any other that waits in the same session."""
        await write(self._session, delete(PendingProofRow).where(PendingProofRow.session == session))
        evidence = proven.evidence
        self._session.add(
            PendingProofRow(
                session=session,
                user_id=who.user_id,
                username=who.username,
                guild_id=who.guild_id,
                network=proven.address.network,
                address=proven.address.text,
                proof=proven.kind,
                evidence_digest=None if evidence is None else evidence.digest,
                evidence_signature=None if evidence is None else evidence.signature,
                code=code,
                tries_left=tries,
                expires_at=expires_at,
            )
        )
        await self._session.flush()

    async def waiting(self, user_id: int, guild_id: int, now: datetime) -> list[PendingProof]:
        """Return the proofs that wait for a code of a member, newest first."""
        return await self._find(
            PendingProofRow.user_id == user_id, PendingProofRow.guild_id == guild_id, *_is_waiting(now)
        )

    async def of_session(self, session: str, now: datetime) -> PendingProof | None:
        """Return the proof that waits in a session."""
        found = await self._find(PendingProofRow.session == session, *_is_waiting(now))
        return found[0] if found else None

    async def _find(self, *conditions: ColumnElement[bool]) -> list[PendingProof]:
        query = select(PendingProofRow).where(*conditions).order_by(PendingProofRow.id.desc())
        return [_pending(row) for row in await self._session.scalars(query)]

    async def consume(self, pending_id: int, now: datetime) -> bool:
        """Take a proof out, atomically: True for exactly one caller, while it waits."""
        waiting = update(PendingProofRow).where(PendingProofRow.id == pending_id, *_is_waiting(now))
        return await write(self._session, waiting.values(used_at=now)) == 1

    async def count_miss(self, user_id: int, guild_id: int, now: datetime) -> None:
        """Note a wrong code, which costs every proof that waits for the member's code one try."""
        missed = update(PendingProofRow).where(
            PendingProofRow.user_id == user_id, PendingProofRow.guild_id == guild_id, *_is_waiting(now)
        )
        await write(self._session, missed.values(tries_left=PendingProofRow.tries_left - 1))


def _is_waiting(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (PendingProofRow.used_at.is_(None), PendingProofRow.expires_at > now, PendingProofRow.tries_left > 0)


def _pending(row: PendingProofRow) -> PendingProof:
    evidence = None
    if row.evidence_digest is not None and row.evidence_signature is not None:
        evidence = ContractEvidence(row.evidence_digest, row.evidence_signature)
    return PendingProof(
        row.id,
        row.session,
        Applicant(row.user_id, row.username, row.guild_id),
        ProvenWallet(Address(row.network, row.address), row.proof, evidence),
        row.code,
        row.tries_left,
        row.expires_at,
    )
