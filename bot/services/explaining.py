"""Why a member has a role or not: all facts that decide, from the same judgement that the reconciliation uses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.brakes import BrakeHold
from bot.domain.errors import UserError
from bot.domain.evaluation import Explanation as Finding
from bot.domain.evaluation import GroupKind, GroupResult, LeafResult, evaluate, explain
from bot.domain.intervals import Interval
from bot.domain.ledger import JournalEntry, LedgerEntry
from bot.domain.links import Link
from bot.domain.members import MemberAbsent, MemberSnapshot, Unreachable
from bot.domain.networks import Network
from bot.domain.privacy import Withdrawal
from bot.domain.protections import Protection
from bot.domain.rules import Rule
from bot.domain.selectors import Selector
from bot.domain.standings import Standing, stand, stays_until
from bot.domain.truth import Truth
from bot.domain.verdicts import Judgement, WalletCount
from bot.domain.wallets import Gap, ReadingPolicy, WalletState
from bot.services.case_loading import RuleShelf, load_seen_case
from bot.services.member_cases import MemberCase, ruled
from bot.services.ports import Clock, DiscordGateway, Store
from bot.services.repositories import UnitOfWork


@dataclass(frozen=True, slots=True)
class WalletFinding:
    """What one linked wallet brings to one condition."""

    link: Link
    count: Interval | None
    """None: the condition is about another network."""
    gap: Gap | None
    """Why the wallet is no evidence, so that its count is unknown."""


@dataclass(frozen=True, slots=True)
class ConditionFinding:
    """One condition of a rule, and what each linked wallet brings to it."""

    result: LeafResult
    network: Network | None
    """None: the server has no such collection any more."""
    wallets: Sequence[WalletFinding]


@dataclass(frozen=True, slots=True)
class Word:
    """Who decided something, and when. `by` None: the bot."""

    by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RoleReason:
    """One rule as it stands for one member."""

    judgement: Judgement
    standing: Standing
    has_role: bool
    """Whether Discord shows the role on the member."""
    conditions: Sequence[ConditionFinding]
    entry: LedgerEntry | None
    stays_until: datetime | None = None
    """Until when the role surely stays, where the standing knows a date."""
    next_reading: datetime | None = None
    """When the next wallet that counts for this rule is read; None without one."""
    more_may_help: bool = True
    """Whether the requirement could be met by holding more; otherwise what the member holds rules it out."""
    hold: BrakeHold | None = None
    """The hold in which the removal waits."""
    decided: Word | None = None
    """Who decided what the standing says (paused, kept), as far as that is known."""
    protection: Protection | None = None
    """What protects the role now, whether it is needed or not: the newest decision of an admin."""
    last_change: JournalEntry | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that decides about a member's roles in a server."""

    user_id: int
    is_present: bool
    """Whether the member is in the server."""
    links: Sequence[Link]
    reasons: Sequence[RoleReason]
    withdrawal: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What is written down of the member's roles, by role id: open holds, and the newest line of the journal."""

    holds: Mapping[int, BrakeHold]
    lines: Mapping[int, JournalEntry]


class Explaining:
    """Answers "why"."""

    def __init__(
        self, store: Store, gateway: DiscordGateway, clock: Clock, policy: ReadingPolicy, shelf: RuleShelf
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._policy = policy
        self._shelf = shelf

    async def explain(self, guild_id: int, user_id: int, seen: MemberSnapshot | None) -> Explanation:
        """Explain a member's roles. `seen`: the member as Discord showed them just now; None when not in the server.

        Raises `StoreBusyError`.
        """
        now = self._clock.now()
        async with self._store.reading() as unit:
            facts = await unit.cases.facts(guild_id, user_id)
            case = await load_seen_case(unit, guild_id, user_id, facts, self._shelf)
            holds = await unit.brake_holds.awaiting(guild_id, user_id) if facts.has_waits else ()
            lines = await unit.cases.last_lines(guild_id, user_id) if facts.has_lines else {}
            said = _Said({hold.role_id: hold for hold in holds}, lines)
            reasons = [
                await self._reason(unit, case, judgement, seen, said, now)
                for judgement in case.judgements(now, self._policy.stale_after)
            ]
        return Explanation(user_id, seen is not None, case.links, reasons, case.withdrawal)

    async def explain_to_admin(self, guild_id: int, user_id: int) -> Explanation:
        """Explain the roles of a member whom Discord is asked about.

        Raises `UserError` when Discord does not answer, and `StoreBusyError`.
        """
        match await self._gateway.member(guild_id, user_id):
            case Unreachable():
                raise UserError(
                    "Discord does not answer at the moment, so Holdfast cannot see which roles the member has. "
                    "Try again in a minute."
                )
            case MemberAbsent():
                return await self.explain(guild_id, user_id, None)
            case MemberSnapshot() as seen:
                return await self.explain(guild_id, user_id, seen)

    async def _reason(
        self,
        unit: UnitOfWork,
        case: MemberCase,
        judgement: Judgement,
        seen: MemberSnapshot | None,
        said: _Said,
        now: datetime,
    ) -> RoleReason:
        rule = judgement.rule
        role_case = replace(ruled(case, judgement, now), member=seen)
        standing = (
            Standing.ABSENT
            if seen is None
            else stand(
                role_case,
                rule.state,
                withdrawal=case.withdrawal,
                is_undone=rule.role_id in case.undo_steps,
                is_braked=rule.role_id in said.holds,
            )
        )
        return RoleReason(
            judgement=judgement,
            standing=standing,
            has_role=seen is not None and rule.role_id in seen.role_ids,
            conditions=tuple(conditions_of(judgement, case.selectors, case.links)),
            entry=role_case.entry,
            stays_until=stays_until(role_case, standing, case.protected_until(rule.role_id, now)),
            next_reading=min((wallet.due_at for wallet in _counting(case, judgement)), default=None),
            more_may_help=more_may_help(judgement),
            hold=said.holds.get(rule.role_id),
            protection=_protection(case, rule.role_id, now),
            decided=await _decided(unit, rule, role_case.entry, standing, now),
            last_change=said.lines.get(rule.role_id),
        )


def conditions_of(
    judgement: Judgement, selectors: Mapping[str, Selector], links: Sequence[Link]
) -> Iterator[ConditionFinding]:
    """What each linked wallet brings to each condition of a rule."""
    for leaf in _leaves(explain(judgement.rule.expression, judgement.counts)):
        selector = selectors.get(leaf.name)
        shares = {share.wallet.id: share for share in judgement.shares.get(leaf.name, ())}
        wallets = tuple(_finding(link, shares.get(link.wallet.id)) for link in links)
        yield ConditionFinding(leaf, None if selector is None else selector.network, wallets)


def _finding(link: Link, share: WalletCount | None) -> WalletFinding:
    return WalletFinding(link, None, None) if share is None else WalletFinding(link, share.count, share.gap)


def _leaves(finding: Finding) -> Iterator[LeafResult]:
    """The conditions, each collection's condition once, in the order of the expression; below a `not`, turned round."""
    seen: set[tuple[str, str]] = set()
    queue = [(finding, False)]
    while queue:
        one, is_negated = queue.pop(0)
        if isinstance(one, GroupResult):
            turned = is_negated is not (one.kind is GroupKind.NOT)
            queue[:0] = [(part, turned) for part in one.parts]
            continue
        leaf = replace(one, condition=f"not {one.condition}", truth=one.truth.negated()) if is_negated else one
        if (leaf.name, leaf.condition) not in seen:
            seen.add((leaf.name, leaf.condition))
            yield leaf


def _protection(case: MemberCase, role_id: int, now: datetime) -> Protection | None:
    covering = [protection for protection in case.protections if protection.covers(role_id, now)]
    return max(covering, key=lambda protection: protection.protected_at, default=None)


def _counting(case: MemberCase, judgement: Judgement) -> Sequence[WalletState]:
    counting = {share.wallet.id for shares in judgement.shares.values() for share in shares}
    return [link.wallet for link in case.links if link.wallet.id in counting]


def more_may_help(judgement: Judgement) -> bool:
    """Whether holding more could meet the requirement; otherwise what the member holds rules it out."""
    could_be = {name: Interval(count.low, None) for name, count in judgement.counts.items()}
    return evaluate(judgement.rule.expression, could_be) is not Truth.NO


async def _decided(
    unit: UnitOfWork, rule: Rule, entry: LedgerEntry | None, standing: Standing, now: datetime
) -> Word | None:
    """Who decided what the standing says, by the audit lines."""

    async def line(action: AuditAction, subject: str | None, until: datetime) -> AuditLine | None:
        return await unit.diagnosis.newest_line(rule.guild_id, action, subject, until)

    found: AuditLine | None = None
    match standing:
        case Standing.SERVER_PAUSED:
            found = await line(AuditAction.SETTING_CHANGED, "paused", now)
        case Standing.RULE_PAUSED:
            found = await line(AuditAction.RULE_PAUSED, rule.role_name, now)
        case Standing.BLOCKED | Standing.ROLE_GONE:
            found = await line(AuditAction.RULE_STOPPED, rule.role_name, now)
        case Standing.KEPT if entry is not None and entry.kept_at is not None:
            found = await line(AuditAction.REMOVALS_KEPT, rule.role_name, entry.kept_at)
            if found is None or found.at != entry.kept_at:
                found = await line(AuditAction.SWEEP_UNDONE, None, entry.kept_at)
        case _:
            pass
    return None if found is None else Word(found.actor_id, found.at)
