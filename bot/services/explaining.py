"""Why a member has a role or not."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.ledger import JournalEntry, LedgerEntry
from bot.domain.links import Link
from bot.domain.verdicts import Judgement
from bot.domain.wallets import ReadingPolicy
from bot.services.member_cases import load_case
from bot.services.ports import Clock, Store


@dataclass(frozen=True, slots=True)
class RoleReason:
    """One rule as it stands for one member."""

    judgement: Judgement
    entry: LedgerEntry | None
    last_change: JournalEntry | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that decides about a member's roles in a server."""

    links: Sequence[Link]
    reasons: Sequence[RoleReason]


class Explaining:
    """Answers "why" from the same judgement that the reconciliation uses."""

    def __init__(self, store: Store, clock: Clock, policy: ReadingPolicy) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy

    async def explain(self, guild_id: int, user_id: int) -> Explanation:
        """Explain a member's roles."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            member = await unit.members.meet(guild_id, user_id, now)
            case = await load_case(unit, member)
            reasons = [
                RoleReason(
                    judgement,
                    case.entries.get(judgement.rule.role_id),
                    await unit.journal.last_of(guild_id, user_id, judgement.rule.role_id),
                )
                for judgement in case.judgements(now, self._policy.stale_after)
            ]
        return Explanation(case.links, reasons)
