"""Removals that wait for an admin's decision, as the log channel and `/sweep status` show them."""

from collections.abc import Sequence
from typing import Final

import discord

from bot.domain.brake_causes import Cause, CauseKind, HoldNotice
from bot.domain.brakes import BrakeHold, HoldDecision
from bot.domain.durations import format_duration
from bot.domain.markup import plain
from bot.services.braking import Decided
from bot.views.text import counted, cut, exact, person, relative, role

NAMED_MAX: Final = 60
"""Members that a post names; the rest is a number. Sixty mentions fit into an embed."""
EMBED_MAX: Final = 4000
NAMED_IN_STATUS: Final = 15
"""Where several holds share a message, whose embeds together hold 6,000 characters."""

_ENDED: Final = {
    HoldDecision.APPROVED: "Decided: the removals pass",
    HoldDecision.KEPT: "Decided: the members keep the role",
    HoldDecision.EMPTIED: "Nothing to decide any more",
}


def embed(notice: HoldNotice, named: int = NAMED_MAX) -> discord.Embed:
    """A hold's whole post but for the buttons: who (so many by name), why perhaps, and what each button does."""
    hold = notice.hold
    if hold.decision is None:
        title, colour = "Removals wait for your decision", discord.Colour.orange()
        parts = [_what(hold), _causes(notice.causes), _who(notice, named), _CHOICES]
    else:
        title, colour = _ENDED[hold.decision], discord.Colour.dark_teal()
        parts = [outcome(hold), _who(notice, named) if notice.waits else ""]
    text = "\n\n".join(part for part in parts if part)
    return discord.Embed(title=title, description=cut(text, EMBED_MAX), colour=colour)


def outcome(hold: BrakeHold) -> str:
    """What was decided about a hold, by whom and when."""
    members = counted(hold.count, "member", "members")
    when = "" if hold.decided_at is None else f" {relative(hold.decided_at)}, {exact(hold.decided_at)}"
    who = "" if hold.decided_by is None else f" by {person(hold.decided_by)}"
    match hold.decision:
        case HoldDecision.APPROVED:
            return (
                f"**Approved**{who}{when}. {role(hold.role_id)} is taken from {members} now. Whoever meets the rule "
                "again by then keeps it."
            )
        case HoldDecision.KEPT:
            return (
                f"**Kept**{who}{when}. {members} {_keep(hold.count)} {role(hold.role_id)} although the rule says "
                "otherwise: until they meet it again, the rule asks for something else, or an admin uses "
                "`/member unprotect`."
            )
        case HoldDecision.EMPTIED:
            return (
                f"Nobody waits to lose {role(hold.role_id)} any more{when}: they meet the rule again, left, or the "
                "rule was changed. Nothing is left to decide here."
            )
        case None:
            return _what(hold)


def pressed(decided: Decided) -> str:
    """What to answer to whoever pressed Approve or Keep."""
    if decided.hold is None:
        return (
            "These removals were decided about long ago, so nothing was changed. `/sweep status` shows what waits now."
        )
    if decided.is_new:
        return outcome(decided.hold)
    return f"This was decided already, so your press changed nothing.\n{outcome(decided.hold)}"


PAUSED: Final = (
    "⏸️ **This server is paused**: nobody gets or loses any role. `/settings set paused:False` lets roles follow the "
    "rules again."
)
NOT_ALLOWED: Final = (
    "Only members with the permission Manage Server can decide about removals. Nothing was changed. "
    "Ask one of this server's admins."
)


def in_status(notices: Sequence[HoldNotice]) -> str:
    """A line for `/sweep status`, above the holds themselves."""
    if not notices:
        return ""
    total = sum(notice.hold.count for notice in notices)
    wait = counted(total, "removal waits", "removals wait")
    return f"⚠️ **{wait} for an admin's decision**; until then the members keep their roles. See below."


def _what(hold: BrakeHold) -> str:
    members = counted(hold.count, "member", "members")
    return (
        f"By the rule for {role(hold.role_id)}, {members} would lose it now, besides those who lost it within a day. "
        "That is more than Holdfast believes without asking, so it holds back: **they keep the role until somebody "
        f"decides.** The first one has waited since {exact(hold.opened_at)}."
    )


def _keep(count: int) -> str:
    return "keeps" if count == 1 else "keep"


def _who(notice: HoldNotice, named: int) -> str:
    names = [f"<@{wait.user_id}>" for wait in notice.waits][:named]
    left_out = notice.hold.count - len(names)
    return f"**Who:** {', '.join(names)}" + (f" and {left_out} more" if left_out > 0 else "")


def _causes(causes: Sequence[Cause]) -> str:
    if not causes:
        return "**Likely cause:** none stands out. The readings are of different times or providers."
    if len(causes) == 1:
        return f"**Likely cause:** {_cause(causes[0])}"
    return "**Likely causes:**\n" + "\n".join(f"- {_cause(cause)}" for cause in causes)


def _cause(cause: Cause) -> str:
    by = "" if cause.by is None else f" by <@{cause.by}>"
    when = "" if cause.at is None else f" {relative(cause.at)}"
    match cause.kind:
        case CauseKind.RULE_CHANGED:
            return f"The rule was changed{by}{when}. If that was meant to cost these members the role, approve."
        case CauseKind.COLLECTION_CHANGED:
            return f"The collection “{plain(cause.detail)}” was changed{by}{when}, and the rule counts it."
        case CauseKind.UNREADABLE:
            wallets = counted(cause.count, "wallet", "wallets")
            return f"{wallets} here cannot be read at the moment: a balance API is in trouble. `/doctor` says more."
        case CauseKind.ONE_SOURCE:
            return (
                f"All rest on readings from {plain(cause.detail)} that were made within {_span(cause)} of one another. "
                "Look whether these members really sold or moved their NFTs. If that API just answered wrongly, keep."
            )
        case CauseKind.NO_WALLET:
            return "None of these members has a linked wallet that the rule could count."


def _span(cause: Cause) -> str:
    return "a minute" if cause.span.total_seconds() < 60 else format_duration(cause.span)


_CHOICES: Final = (
    "**Approve** takes the role from exactly the members in this list. **Keep** lets them keep it until they meet the "
    "rule again. Whoever meets it again leaves the list by themselves; whoever joins it later is not part of your "
    "decision. `/member why` explains a single member."
)
