"""Changes of rules in two steps: an admin asks and sees what would happen, then confirms or cancels.

What was asked for is kept in the database, so a button works after a restart. Confirming checks everything again.
"""

from dataclasses import dataclass

from bot.domain.drafts import DRAFT_LIFETIME, DraftState, Proposal, RuleDraft, basis_of
from bot.domain.errors import UserError
from bot.domain.expressions import render
from bot.services.admins import Admin
from bot.services.ports import Clock, Store
from bot.services.repositories import UnitOfWork
from bot.services.rule_plans import RuleChange, check_basis
from bot.services.rules import RuleAdmin


@dataclass(frozen=True, slots=True)
class Proposed:
    """A draft, and what it would come to as things are now."""

    draft: RuleDraft
    change: RuleChange


class Drafting:
    """Remembers proposals and carries out the confirmed ones."""

    def __init__(self, store: Store, rules: RuleAdmin, clock: Clock) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock

    async def propose(self, admin: Admin, proposal: Proposal) -> Proposed:
        """Remember a change that waits for its confirmation. Raises `UserError` for one that cannot be made."""
        change = await self._rules.plan(admin, proposal)
        after = change.after
        settled = Proposal(
            kind=proposal.kind,
            role_id=proposal.role_id,
            requirement=None if after is None else render(after.expression),
            grace=None if after is None else after.grace,
            take_roles=proposal.take_roles,
        )
        expires_at = self._clock.now() + DRAFT_LIFETIME
        async with self._store.unit() as unit:
            draft = await unit.drafts.add(admin.guild_id, admin.user_id, settled, basis_of(change.before), expires_at)
        return Proposed(draft, change)

    async def look(self, admin: Admin, draft_id: int) -> Proposed:
        """What a draft would come to now. Raises `UserError` when it cannot be confirmed (any more)."""
        draft = await self._open(admin, draft_id)
        return Proposed(draft, await self._rules.plan(admin, draft.proposal))

    async def confirm(self, admin: Admin, draft_id: int, accepted: tuple[str, ...] = ()) -> RuleChange:
        """Make the change, once. `accepted`: the dangerous permissions that the admin agreed to hand out.

        Raises `UserError` when it cannot be made any more, and `DangerousRoleError` for permissions not accepted.
        """
        draft = await self._open(admin, draft_id)

        async def claim(unit: UnitOfWork, change: RuleChange) -> None:
            check_basis(change, draft.basis)
            if not await unit.drafts.close(draft.id, DraftState.CONFIRMED):
                raise _decided()

        return await self._rules.change(admin, draft.proposal, accepted, claim)

    async def cancel(self, admin: Admin, draft_id: int) -> None:
        """Give a change up. Raises `UserError` when it was confirmed or cancelled before."""
        draft = await self._open(admin, draft_id)
        async with self._store.unit() as unit:
            if not await unit.drafts.close(draft.id, DraftState.CANCELLED):
                raise _decided()

    async def is_open(self, draft_id: int) -> bool:
        """Whether nobody has decided about a draft yet."""
        async with self._store.reading() as unit:
            draft = await unit.drafts.get(draft_id)
        return draft is not None and draft.state is DraftState.OPEN

    async def _open(self, admin: Admin, draft_id: int) -> RuleDraft:
        async with self._store.unit() as unit:
            draft = await unit.drafts.get(draft_id)
        if draft is None or draft.guild_id != admin.guild_id:
            raise UserError("This preview is not known any more, so nothing was changed. Use the command again.")
        if draft.admin_id != admin.user_id:
            raise UserError("Only the admin who asked for this change can confirm or cancel it. Nothing was changed.")
        if draft.state is not DraftState.OPEN:
            raise _decided(draft.state)
        if draft.expires_at <= self._clock.now():
            raise UserError(
                "This preview is more than an hour old, and things may have changed since. Nothing was changed. "
                "Use the command again to see a new one."
            )
        return draft


def _decided(state: DraftState = DraftState.CONFIRMED) -> UserError:
    if state is DraftState.CANCELLED:
        return UserError("This change was cancelled, so nothing was changed. Use the command again if you want it.")
    return UserError("This change was confirmed already. See how the rules stand with `/rule list`.")
