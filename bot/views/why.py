"""Why a member has a role or not, in words a holder understands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.durations import format_duration
from bot.domain.evaluation import Explanation as Finding
from bot.domain.evaluation import GroupResult, LeafResult, explain
from bot.domain.expressions import render
from bot.domain.ledger import JournalEntry, LedgerEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.links import Link
from bot.domain.markup import plain
from bot.domain.rules import Rule, RuleState
from bot.domain.truth import Truth
from bot.domain.verdicts import Judgement, Verdict, WalletCount
from bot.services.explaining import Explanation, RoleReason
from bot.views.reasons import evidence_gap
from bot.views.text import code, cut, exact, pages_of, relative, role, wallet_name

_MOST_WALLETS = 5
"""How many wallets are listed below one collection."""
_SIGN = {Truth.YES: "✅", Truth.NO: "❌", Truth.UNKNOWN: "❔"}
_OUTCOME = {
    RoleOutcome.DONE: "",
    RoleOutcome.MEMBER_GONE: "you were not in the server",
    RoleOutcome.ROLE_GONE: "the role was deleted",
    RoleOutcome.FORBIDDEN: "Discord refused it",
    RoleOutcome.UNREACHABLE: "Discord did not answer clearly, so it is being looked at again",
}


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """What an explanation is told from: the time, how long a reading counts, and the roles the member has now."""

    now: datetime
    stale_after: timedelta
    role_ids: frozenset[int]


def pages(explanation: Explanation, view: Viewpoint) -> Sequence[str]:
    """Explain all of a member's roles, the ones that need words first."""
    if not explanation.reasons:
        return ["This server has no rules yet, so Holdfast gives no roles here. Its admins make them with `/rule add`."]
    order = {Verdict.UNKNOWN: 0, Verdict.NOT_ENTITLED: 1, Verdict.ENTITLED: 2}
    reasons = sorted(explanation.reasons, key=lambda reason: order[reason.judgement.verdict])
    return pages_of([_wallets_line(explanation.links, view.now), *(about_role(reason, view) for reason in reasons)])


def about_role(reason: RoleReason, view: Viewpoint) -> str:
    """Explain one role."""
    judgement = reason.judgement
    rule = judgement.rule
    lines = [
        f"{_mark(judgement)} **{role(rule.role_id)}** asks for {code(cut(render(rule.expression), 300))}",
        _standing(reason, view),
        *_findings(judgement, view),
    ]
    if reason.last_change is not None:
        lines.append(_last_change(reason.last_change))
    return "\n".join(lines)


def _wallets_line(links: Sequence[Link], now: datetime) -> str:
    if not links:
        return (
            "**You have no wallet linked.** Only what a proven wallet holds can count. Link one with `/wallet link`; "
            "signing is free and gives nobody access to it."
        )
    due = min(link.wallet.due_at for link in links)
    when = "now" if due <= now else relative(due)
    number = "Your wallet is" if len(links) == 1 else f"Your {len(links)} wallets are"
    return f"{number} read again {when}, by itself. To have it done at once, use `/wallet refresh`."


def _mark(judgement: Judgement) -> str:
    if judgement.rule.state is not RuleState.ACTIVE:
        return "⏸️"
    return {Verdict.ENTITLED: "✅", Verdict.NOT_ENTITLED: "❌", Verdict.UNKNOWN: "❔"}[judgement.verdict]


def _standing(reason: RoleReason, view: Viewpoint) -> str:
    """The one sentence that answers "why"."""
    rule, entry = reason.judgement.rule, reason.entry
    has_role = rule.role_id in view.role_ids
    if rule.state is not RuleState.ACTIVE:
        return _stopped(rule)
    if entry is not None and entry.state is LedgerState.WITHHELD:
        return (
            "Somebody took this role from you by hand, and Holdfast does not fight over it. "
            "Ask the server's admins if you think that is a mistake."
        )
    match reason.judgement.verdict:
        case Verdict.ENTITLED:
            return _entitled(entry, has_role=has_role)
        case Verdict.NOT_ENTITLED:
            return _not_entitled(rule, entry, view.now, has_role=has_role)
        case Verdict.UNKNOWN:
            what = "Your role stays as it is" if has_role else "You do not have the role, and that stays as it is"
            return f"Holdfast cannot tell at the moment whether you meet this. {what} until it can."


def _stopped(rule: Rule) -> str:
    match rule.state:
        case RuleState.ROLE_GONE:
            return "The role was deleted in Discord, so this rule does nothing any more."
        case RuleState.BLOCKED:
            return (
                "Discord does not let Holdfast change this role, so nobody gets or loses it for now. "
                "The server's admins can see the cause with `/doctor`."
            )
        case _:
            return "The server's admins have paused this rule: nobody gets or loses the role until they resume it."


def _entitled(entry: LedgerEntry | None, *, has_role: bool) -> str:
    if has_role:
        if entry is None:
            return "You meet this, and you have the role. Somebody else gave it, so Holdfast leaves it alone."
        return "You meet this, and you have the role."
    if entry is not None and entry.missing_since is not None:
        return "You meet this, but the role is missing on you. Holdfast looks once more before it believes that."
    return "You meet this. The role comes with the next check; `/wallet refresh` does it now."


def _not_entitled(rule: Rule, entry: LedgerEntry | None, now: datetime, *, has_role: bool) -> str:
    if entry is None:
        if has_role:
            return "You do not meet this. Somebody else gave you the role, and Holdfast takes back only what it gave."
        return "You do not meet this, so you do not have the role."
    if not has_role and entry.state is LedgerState.TAKING:
        return "You do not meet this any more, so the role was taken back."
    if entry.grace_waived:
        return (
            "You do not meet this any more. The role is being taken back now, without grace, as you or an admin asked."
        )
    if entry.lapsed_at is None:
        grace = f"after a grace period of {format_duration(rule.grace)}" if rule.grace else "with the next check"
        return f"You do not meet this any more. The role goes {grace}."
    ends_at = entry.lapsed_at + rule.grace
    if now < ends_at:
        return (
            f"You do not meet this any more, since {relative(entry.lapsed_at)}. You keep the role until "
            f"{exact(ends_at)} ({relative(ends_at)}); meet it again before then and nothing happens."
        )
    return (
        "You do not meet this any more and the grace period is over, so the role is being taken back. "
        "When many members would lose it on one day, some of them wait for another day."
    )


def _findings(judgement: Judgement, view: Viewpoint) -> Iterator[str]:
    for leaf in _leaves(explain(judgement.rule.expression, judgement.counts)):
        yield f"{_SIGN[leaf.truth]} {code(leaf.name)}: {leaf.count} counted, {code(leaf.condition)} asked for"
        shares = judgement.shares.get(leaf.name)
        if shares is None:
            yield f"-# {code(leaf.name)} is no collection of this server any more; its admins must mend the rule."
            continue
        yield from (f"-# {_share(share, view)}" for share in shares[:_MOST_WALLETS])
        if len(shares) > _MOST_WALLETS:
            yield f"-# and {len(shares) - _MOST_WALLETS} more wallets"
        if not shares:
            yield "-# none of your linked wallets is on its network"


def _leaves(finding: Finding) -> Iterator[LeafResult]:
    """The conditions, each collection's condition once, in the order of the expression."""
    seen: set[tuple[str, str]] = set()
    queue: list[Finding] = [finding]
    while queue:
        match queue.pop(0):
            case GroupResult(parts=parts):
                queue[:0] = parts
            case LeafResult() as leaf if (leaf.name, leaf.condition) not in seen:
                seen.add((leaf.name, leaf.condition))
                yield leaf


def _share(share: WalletCount, view: Viewpoint) -> str:
    wallet = share.wallet
    if wallet.is_known(view.now, view.stale_after) and wallet.read_at is not None:
        return f"{wallet_name(wallet)} holds {share.count}, read {relative(wallet.read_at)}"
    return f"{wallet_name(wallet)} {evidence_gap(wallet, view.now)}"


def _last_change(entry: JournalEntry) -> str:
    verb = {RoleAction.GIVE: "given", RoleAction.TAKE: "taken back", RoleAction.FORGET: "found gone"}[entry.action]
    trouble = _OUTCOME[entry.outcome]
    what = f"should have been {verb}, but {trouble}" if trouble else f"was {verb}"
    note = f": {plain(entry.evidence.note)}" if entry.evidence.note else ""
    return f"-# Last change: the role {what} {relative(entry.at)}{note}."
