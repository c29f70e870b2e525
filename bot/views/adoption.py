"""How an adopted role stands, for an admin."""

from collections.abc import Sequence
from typing import Final

from bot.domain.markup import plain
from bot.services.adopting import AdoptionReport
from bot.views.text import counted, exact, pages_of, relative, role

_PER_BLOCK: Final = 20


def title(report: AdoptionReport) -> str:
    """The head of the report."""
    return f"Adopted: {plain(report.rule.role_name)}"


def pages(report: AdoptionReport) -> Sequence[str]:
    """Who has verified and who has not, on as many pages as that takes."""
    blocks = [_summary(report)]
    if report.unverified:
        blocks += _blocks("Not verified yet", [member.user_id for member in report.unverified])
    if report.verified:
        blocks += _blocks("Verified", report.verified)
    return pages_of(blocks)


def _summary(report: AdoptionReport) -> str:
    which = role(report.rule.role_id)
    lines = []
    if report.adopted_now:
        lines.append(
            f"**{counted(report.adopted_now, 'member was', 'members were')} adopted just now.** Whoever of them holds "
            "what the rule asks for counts as verified within moments; use the command again to see it."
        )
    if report.is_empty:
        lines.append(f"Nobody has {which} from somebody else, so there is nothing to adopt.")
        return "\n".join(lines)
    verified, missing = len(report.verified), len(report.unverified)
    lines.append(f"{counted(verified, 'member has', 'members have')} verified, {missing} not yet.")
    if report.unverified:
        first, last = report.unverified[0].until, report.unverified[-1].until
        until = exact(last) if first == last else f"{exact(first)} to {exact(last)}"
        lines.append(
            f"These keep {which} until {until} ({relative(last)}). To keep it longer they link a wallet that meets the "
            "rule: `/wallet link`, or the panel's button. After that date the rule's grace runs, and then the role is "
            "taken, a few at a time or with your approval. Give `until` again to change the date."
        )
    if report.over:
        lines.append(f"-# {counted(report.over, 'adopted role is', 'adopted roles are')} gone: taken since, or left.")
    return "\n".join(lines)


def _blocks(head: str, user_ids: Sequence[int]) -> Sequence[str]:
    chunks = [user_ids[start : start + _PER_BLOCK] for start in range(0, len(user_ids), _PER_BLOCK)]
    lists = [", ".join(f"<@{user_id}>" for user_id in chunk) for chunk in chunks]
    return [f"**{head} ({len(user_ids)})**\n{lists[0]}", *lists[1:]]
