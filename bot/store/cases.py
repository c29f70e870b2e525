"""What there is about one member, with as few questions as possible: most commands begin by asking.

The statements are made once. Putting one together costs more than to execute it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, exists, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.domain.case_facts import CaseFacts, Contact
from bot.domain.ledger import JournalEntry, LedgerState
from bot.domain.members import Presence
from bot.domain.privacy import Withdrawal
from bot.store.change_models import UndoStepRow
from bot.store.editions import edition_name
from bot.store.guild_models import LAPSE_IS_UNTOLD, GuildSettingsRow, JournalRow, LedgerRow, MembershipRow
from bot.store.journal_lines import line_of
from bot.store.members import membership_of
from bot.store.models import NoteRow
from bot.store.privacy_models import DeletionRow, OptOutRow
from bot.store.protection_models import ProtectionRow
from bot.store.safety_models import HOLD_IS_OPEN, BrakeHoldRow, BrakeWaitRow, RoleFlipRow
from bot.store.statements import fetch
from bot.store.undos import STEP_IS_OPEN

_GUILD: Final = bindparam("guild_id", type_=MembershipRow.guild_id.type)
_USER: Final = bindparam("user_id", type_=MembershipRow.user_id.type)


def _theirs(guild_id: InstrumentedAttribute[int], user_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return and_(guild_id == _GUILD, user_id == _USER)


_CONTACT = (
    select(LedgerRow.role_id, LedgerRow.state, LedgerRow.missing_since, LAPSE_IS_UNTOLD.label("is_untold"))
    .select_from(MembershipRow)
    .outerjoin(
        LedgerRow, and_(LedgerRow.guild_id == MembershipRow.guild_id, LedgerRow.user_id == MembershipRow.user_id)
    )
    .where(_theirs(MembershipRow.guild_id, MembershipRow.user_id), MembershipRow.presence == Presence.PRESENT)
)

_IS_FORGETTING = exists().where(DeletionRow.user_id == _USER)
_IS_OUT = exists().where(_theirs(OptOutRow.guild_id, OptOutRow.user_id))
_WAITS = and_(BrakeHoldRow.id == BrakeWaitRow.hold_id, BrakeHoldRow.guild_id == _GUILD, HOLD_IS_OPEN)
_ONE_ROW = select(literal(1).label("one")).subquery("one_row")
_FACTS = (
    select(
        *MembershipRow.__table__.columns,
        NoteRow.text.label("edition"),
        func.coalesce(GuildSettingsRow.paused, False).label("is_paused"),
        # The words themselves, as an expression has no column that would turn them into the enum's members.
        case((_IS_FORGETTING, Withdrawal.FORGETTING.value), (_IS_OUT, Withdrawal.OPTED_OUT.value)).label("withdrawal"),
        exists().where(_theirs(LedgerRow.guild_id, LedgerRow.user_id)).label("has_entries"),
        exists().where(_theirs(JournalRow.guild_id, JournalRow.user_id)).label("has_lines"),
        exists().where(_theirs(RoleFlipRow.guild_id, RoleFlipRow.user_id)).label("has_flips"),
        exists().where(_theirs(ProtectionRow.guild_id, ProtectionRow.user_id)).label("has_protections"),
        exists().where(_theirs(UndoStepRow.guild_id, UndoStepRow.user_id), STEP_IS_OPEN).label("has_undo_steps"),
        exists().where(BrakeWaitRow.user_id == _USER, _WAITS).label("has_waits"),
    )
    .select_from(_ONE_ROW)
    .outerjoin(MembershipRow, and_(true(), _theirs(MembershipRow.guild_id, MembershipRow.user_id)))
    .outerjoin(GuildSettingsRow, GuildSettingsRow.guild_id == _GUILD)
    .outerjoin(NoteRow, NoteRow.name == bindparam("edition_name"))
)

_NEWER = (JournalRow.at.desc(), JournalRow.id.desc())
_NUMBERED = (
    select(
        *JournalRow.__table__.columns,
        func.row_number().over(partition_by=JournalRow.role_id, order_by=_NEWER).label("place"),
    )
    .where(_theirs(JournalRow.guild_id, JournalRow.user_id))
    .subquery()
)
_LAST_LINES = select(_NUMBERED).where(_NUMBERED.c.place == 1)


class SqlCases:
    """What there is about one member."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def contact(self, guild_id: int, user_id: int) -> Contact | None:
        """Return what matters when a member uses the bot; None for who is not known to be in the server."""
        rows = await self._about(_CONTACT, guild_id, user_id)
        if not rows:
            return None
        claimed = frozenset(row.role_id for row in rows if row.state is LedgerState.HELD and row.missing_since is None)
        return Contact(claimed, any(row.is_untold for row in rows if row.state is not None))

    async def facts(self, guild_id: int, user_id: int) -> CaseFacts:
        """Return what there is about a member."""
        names = {"guild_id": guild_id, "user_id": user_id, "edition_name": edition_name(guild_id)}
        (row,) = await fetch(self._session, _FACTS, **names)
        return CaseFacts(
            member=None if row.guild_id is None else membership_of(row),
            withdrawal=None if row.withdrawal is None else Withdrawal(row.withdrawal),
            is_paused=bool(row.is_paused),
            edition=row.edition,
            has_entries=bool(row.has_entries),
            has_lines=bool(row.has_lines),
            has_flips=bool(row.has_flips),
            has_protections=bool(row.has_protections),
            has_undo_steps=bool(row.has_undo_steps),
            has_waits=bool(row.has_waits),
        )

    async def last_lines(self, guild_id: int, user_id: int) -> Mapping[int, JournalEntry]:
        """Return the newest line of the journal about each role of a member, by role id."""
        return {row.role_id: line_of(row) for row in await self._about(_LAST_LINES, guild_id, user_id)}

    async def _about(
        self, statement: Select[*tuple[Any, ...]], guild_id: int, user_id: int
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        return await fetch(self._session, statement, guild_id=guild_id, user_id=user_id)
