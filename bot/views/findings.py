"""What was counted for a rule, in which wallet, how old that is, and what is not counted and why."""

from collections.abc import Iterator

from bot.domain.challenges import ProofKind
from bot.domain.intervals import UNKNOWN
from bot.domain.ledger import Evidence, JournalEntry, RoleAction, RoleOutcome
from bot.domain.links import Link
from bot.domain.markup import plain
from bot.domain.truth import Truth
from bot.domain.wallets import Gap
from bot.services.explaining import ConditionFinding, WalletFinding
from bot.views.reasons import evidence_gap
from bot.views.standings import Reader
from bot.views.text import code, joined, relative, wallet_name

_MOST_WALLETS = 5
"""How many wallets are listed below one condition."""
_MOST_USED = 3
_SIGN = {Truth.YES: "✅", Truth.NO: "❌", Truth.UNKNOWN: "❔"}
_VERB = {
    RoleAction.GIVE: "given",
    RoleAction.TAKE: "taken back",
    RoleAction.ADOPT: "adopted",
    RoleAction.FORGET: "found gone",
}
_PROOF = {
    ProofKind.CHIP_0002: "signed with the Chia wallet (CHIP-0002)",
    ProofKind.EOA: "signed with its key",
    ProofKind.EIP_1271: "confirmed by its contract (EIP-1271)",
    ProofKind.EIP_6492: "confirmed by its contract before it is deployed (EIP-6492)",
}


def proof(link: Link) -> str:
    """How and when a wallet was proven, for admins."""
    return f"{wallet_name(link.wallet)} {_PROOF[link.proof]} {relative(link.proven_at)}"


def condition(finding: ConditionFinding, reader: Reader) -> Iterator[str]:
    """One condition: what was counted, asked for, and what each wallet brings to it."""
    result = finding.result
    counted = "it is not known how many" if result.count == UNKNOWN else f"{result.count} counted"
    yield f"{_SIGN[result.truth]} {code(result.name)}: {counted}, {code(result.condition)} asked for"
    if finding.network is None:
        yield f"-# {code(result.name)} is no collection of this server any more; its admins must mend the rule."
        return
    ordered = sorted(finding.wallets, key=_rank)
    yield from (f"-# {_wallet(one, finding, reader)}" for one in ordered[:_MOST_WALLETS])
    if len(ordered) > _MOST_WALLETS:
        yield f"-# and {len(ordered) - _MOST_WALLETS} more wallets"
    if not any(one.count is not None for one in ordered):
        yield f"-# none of {reader.their} linked wallets is on {finding.network.label}, where it counts"


def last_change(entry: JournalEntry, reader: Reader) -> str:
    """The last write to Discord, with what it rested on."""
    trouble = {
        RoleOutcome.DONE: "",
        RoleOutcome.MEMBER_GONE: f"{reader.they} were not in the server",
        RoleOutcome.ROLE_GONE: "the role was deleted",
        RoleOutcome.FORBIDDEN: "Discord refused it",
        RoleOutcome.UNREACHABLE: "Discord did not answer clearly, so it is being looked at again",
    }[entry.outcome]
    if entry.outcome is RoleOutcome.UNREACHABLE and not entry.evidence.requirement:
        trouble = "what came of it is not known"
    verb = _VERB[entry.action]
    what = f"should have been {verb}, but {trouble}" if trouble else f"was {verb}"
    grounds = _grounds(entry.evidence)
    return f"-# Last change: the role {what} {relative(entry.at)}{f': {grounds}' if grounds else ''}."


def _grounds(evidence: Evidence) -> str:
    parts = []
    if evidence.counts:
        parts.append(joined([f"{code(name)} {count}" for name, count in evidence.counts], _MOST_USED))
    if evidence.readings:
        used = [
            f"{code(one.wallet)}{f' from {one.source}' if one.source else ''}"
            f"{f' {relative(one.read_at)}' if one.read_at else ''}"
            for one in evidence.readings
        ]
        parts.append(f"read in {joined(used, _MOST_USED)}")
    if evidence.note:
        parts.append(plain(evidence.note))
    return "; ".join(parts)


def _rank(finding: WalletFinding) -> tuple[int, int]:
    """What needs words first, then what counts most, then what does not count here."""
    if finding.count is None:
        return 2, 0
    return (0, 0) if finding.gap is not None else (1, -finding.count.low)


def _wallet(finding: WalletFinding, about: ConditionFinding, reader: Reader) -> str:
    wallet, name = finding.link.wallet, wallet_name(finding.link.wallet)
    if finding.count is None:
        where = "" if about.network is None else f": {code(about.result.name)} is on {about.network.label}"
        return f"{name} does not count here{where}"
    if finding.gap is Gap.BEHIND:
        return (
            f"{name} was read before something changed in another wallet of {reader.their}s, so it is read again"
            f"{reader.due(wallet.due_at)} before it counts"
        )
    if finding.gap is not None:
        return f"{name} {evidence_gap(wallet, reader.now)}"
    when = "" if wallet.read_at is None else f", read {relative(wallet.read_at)}"
    return f"{name} holds {finding.count}{when}{f' from {wallet.source}' if wallet.source else ''}"
