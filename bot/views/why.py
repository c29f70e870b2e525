"""Why a member has a role or not, in words a holder understands; for admins with who decided what."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.expressions import render
from bot.domain.protections import Protection
from bot.domain.standings import Standing
from bot.domain.verdicts import Verdict
from bot.services.explaining import Explanation, RoleReason
from bot.views.findings import condition, last_change, proof
from bot.views.next_steps import next_step
from bot.views.standings import Reader, sentence
from bot.views.text import code, counted, cut, exact, pages_of, relative, role

_MOST_LINKS = 10
_ORDER = {Verdict.UNKNOWN: 0, Verdict.NOT_ENTITLED: 1, Verdict.ENTITLED: 2}
_MARK = {Verdict.ENTITLED: "✅", Verdict.NOT_ENTITLED: "❌", Verdict.UNKNOWN: "❔"}


def pages(explanation: Explanation, reader: Reader) -> Sequence[str]:
    """Explain all of a member's roles, the ones that need words first."""
    head = _about_admins_view(explanation, reader) if reader.is_admin else _about_wallets(explanation, reader)
    if not explanation.reasons:
        no_rules = "This server has no rules yet, so Holdfast gives no roles here. Admins make them with `/rule add`."
        return [f"{head}\n\n{no_rules}" if reader.is_admin else no_rules]
    reasons = sorted(explanation.reasons, key=lambda reason: _ORDER[reason.judgement.verdict])
    return pages_of([head, *(about_role(reason, reader) for reason in reasons)])


def about_role(reason: RoleReason, reader: Reader) -> str:
    """Explain one role."""
    rule = reason.judgement.rule
    mark = "⏸️" if reason.standing.is_pause else _MARK[reason.judgement.verdict]
    lines = [
        f"{mark} **{role(rule.role_id)}** asks for {code(cut(render(rule.expression), 300))}",
        sentence(reason, reader),
        f"➡️ {next_step(reason, reader)}",
    ]
    if reason.protection is not None and reason.standing is not Standing.PROTECTED:
        lines.append(_shield(reason.protection))
    for finding in () if reason.standing.is_withdrawal else reason.conditions:
        lines += condition(finding, reader)
    if reason.last_change is not None:
        lines.append(last_change(reason.last_change, reader))
    return "\n".join(lines)


def _shield(protection: Protection) -> str:
    until = "until an admin ends it" if protection.until is None else f"until {exact(protection.until)}"
    return f"-# An admin protects this role {until}: Holdfast would not take it."


def _about_wallets(explanation: Explanation, reader: Reader) -> str:
    if explanation.withdrawal is not None:
        return "**Your wallets do not count in this server.**"
    if not explanation.links:
        return (
            "**You have no wallet linked.** Only what a proven wallet holds can count. Link one with `/wallet link`; "
            "signing is free and gives nobody access to it."
        )
    due = _next_reading(explanation, reader.now)
    if len(explanation.links) == 1:
        return f"Your wallet is read again {due}, by itself. To have it done at once, use `/wallet refresh`."
    many = f"You have {len(explanation.links)} wallets linked; the next one is read {due}, by itself."
    return f"{many} To have them read at once, use `/wallet refresh`."


def _about_admins_view(explanation: Explanation, reader: Reader) -> str:
    name = f"<@{explanation.user_id}>"
    lines = []
    if not explanation.is_present:
        lines.append(f"{name} is not in this server now.")
    if explanation.withdrawal is not None:
        lines.append(f"{name}: {explanation.withdrawal.in_words}.")
    elif not explanation.links:
        lines.append(f"{name} has no wallet linked, so nothing can count.")
    else:
        wallets = counted(len(explanation.links), "wallet", "wallets")
        lines.append(f"{name} has {wallets} linked; the next one is read {_next_reading(explanation, reader.now)}.")
        lines += [f"-# {proof(link)}" for link in explanation.links[:_MOST_LINKS]]
        if len(explanation.links) > _MOST_LINKS:
            lines.append(f"-# and {len(explanation.links) - _MOST_LINKS} more")
    return "\n".join(lines)


def _next_reading(explanation: Explanation, now: datetime) -> str:
    due = min(link.wallet.due_at for link in explanation.links)
    return "now" if due <= now else relative(due)
