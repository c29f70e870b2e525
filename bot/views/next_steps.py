"""What happens next with a role and when, and what its holder or an admin can do about it."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.domain.standings import Standing
from bot.domain.wallets import Gap
from bot.services.explaining import RoleReason, WalletFinding
from bot.views.standings import Reader
from bot.views.text import code, joined

_FOR_EVER = frozenset({UnknownReason.RETIRED})
_HOST_MUST_ACT = frozenset({UnknownReason.AUTH, UnknownReason.CONFIG, UnknownReason.QUOTA, UnknownReason.NO_PROVIDER})
"""Reasons that do not pass by themselves."""

_HOST = "Nothing to do for you: the host of this bot must put that right, and the admins can see it with `/doctor`."

_FOR_ADMINS = {
    Standing.ABSENT: "Nothing to do: when they come back, the rule decides at once, and they need not sign again.",
    Standing.OPTED_OUT: "Nothing to do: only they can change that, with `/privacy optin`.",
    Standing.FORGETTING: "Nothing to do: it goes on by itself, also when Discord cannot be reached at once.",
    Standing.UNDO: "Nothing to do: `/sweep status` shows how far it is.",
    Standing.ROLE_GONE: "Remove the rule with the option `deleted` of `/rule remove`; for a new role, make a new rule.",
    Standing.SERVER_PAUSED: "When you are ready, use `/settings set` with `paused: False`.",
    Standing.RULE_PAUSED: "When you are ready, use `/rule resume`.",
    Standing.BLOCKED: "Put the cause right, which `/doctor` names too, then use `/rule resume`.",
    Standing.WITHHELD: "If they are to have it, give it by hand: Holdfast then leaves it with them.",
    Standing.FOREIGN: "Nothing to do. `/rule adopt` puts roles that others gave under the rule.",
    Standing.FOREIGN_MET: "Nothing to do. `/rule adopt` puts roles that others gave under the rule.",
    Standing.SCREENING: "Nothing to do: it is for them to complete the screening.",
    Standing.CONTESTED: "See in the server's audit log who it is, and let only one of the two look after this role.",
    Standing.KEPT: "Nothing to do. `/member unprotect` ends it; then the rule decides again.",
    Standing.PROTECTED: "Nothing to do. `/member unprotect` ends it; then the rule decides again.",
    Standing.BRAKE: "Decide in the log channel or in `/sweep status`: Approve takes the role, Keep leaves it.",
}
_FOR_HOLDERS = {
    Standing.ABSENT: "Come back to the server: the rule then decides at once, and you need not sign again.",
    Standing.OPTED_OUT: "If you want to take part again, use `/privacy optin`.",
    Standing.FORGETTING: "Nothing to do. To begin afresh later, use `/wallet link`.",
    Standing.UNDO: "Nothing to do: it is done within minutes.",
    Standing.ROLE_GONE: "Ask an admin whether another role takes its place.",
    Standing.SERVER_PAUSED: "Nothing to do: what you hold is still read, and counts when they go on.",
    Standing.RULE_PAUSED: "Nothing to do: what you hold is still read, and counts when they go on.",
    Standing.BLOCKED: "Nothing to do for you. An admin must put that right, and can see the cause with `/doctor`.",
    Standing.WITHHELD: "Ask an admin if you think that is a mistake; only they can give it back.",
    Standing.FOREIGN: "Nothing to do.",
    Standing.FOREIGN_MET: "Nothing to do.",
    Standing.SCREENING: "Complete the screening: open the server and accept its rules.",
    Standing.CONTESTED: "Ask an admin to find out who or what keeps changing this role.",
    Standing.KEPT: "Nothing to do.",
    Standing.PROTECTED: "Nothing to do.",
    Standing.BRAKE: "Nothing to do. If you think that you do meet it, tell an admin, and see below what was counted.",
}


def next_step(reason: RoleReason, to: Reader) -> str:
    """Say what happens next and when, and what to do."""
    fixed = (_FOR_ADMINS if to.is_admin else _FOR_HOLDERS).get(reason.standing)
    if fixed is not None:
        return fixed
    again = f"{to.their} wallets are read again{to.due(reason.next_reading)}"
    match reason.standing:
        case Standing.HELD:
            return f"Nothing to do: {again}."
        case Standing.MISSING:
            return "Nothing to do: Holdfast looks again within a few minutes."
        case Standing.COMING:
            return (
                "Nothing to do: it comes within minutes."
                if to.is_admin
                else "Nothing to do, if a few minutes are soon enough; `/wallet refresh` does it now."
            )
        case Standing.FROZEN:
            return _unfreeze(reason, to)
        case Standing.LEAVING if reason.entry is not None and reason.entry.grace_waived:
            return "Nothing to do: it is done within minutes."
        case Standing.ADOPTED | Standing.GRACE if to.is_admin:
            return "Nothing to do: Holdfast acts when that time has come. `/member protect` would keep the role longer."
        case _:
            return "Nothing to do: the rule decides." if to.is_admin else _earn(reason)


def _earn(reason: RoleReason) -> str:
    """What brings the role, or keeps it."""
    if not reason.more_may_help:
        return "What you hold rules this out; see below. If you part with it, use `/wallet refresh`."
    wanted = _networks(reason)
    linked = {finding.link.wallet.address.network for condition in reason.conditions for finding in condition.wallets}
    if wanted and not linked & set(wanted):
        where = joined([network.label for network in wanted], 4)
        return f"Link your wallet on {where} with `/wallet link`; signing is free and gives nobody access to it."
    return (
        "If another wallet of yours holds what is missing, link it with `/wallet link`. If you have just bought or "
        "moved something, use `/wallet refresh`."
    )


def _unfreeze(reason: RoleReason, to: Reader) -> str:
    """What may bring the missing evidence."""
    gone = [condition.result.name for condition in reason.conditions if condition.network is None]
    if gone:
        names = joined([code(name) for name in gone], 3)
        if to.is_admin:
            return f"The rule names {names}, which is gone: change it with `/rule edit`, or add the collection again."
        return f"Ask an admin to mend the rule: it names {names}, which the server does not have any more."
    findings = [finding for condition in reason.conditions for finding in condition.wallets if finding.gap is not None]
    gaps = {finding.gap for finding in findings}
    causes = {finding.link.wallet.unknown for finding in findings if finding.gap is Gap.UNREADABLE}
    if causes & _FOR_EVER:
        if to.is_admin:
            return "Nothing comes of waiting: that service is no more. Change the rule, or give the role by hand."
        return "Nothing to do: that service is no more, so it stays like this. Ask an admin if you lack the role."
    if causes & _HOST_MUST_ACT:
        who = "The host of this bot must put that right; `/doctor` says more." if to.is_admin else _HOST
        return f"{who} Nothing is lost meanwhile."
    if gaps == {Gap.EMPTIED} and not to.is_admin:
        return (
            f"Nothing to do, if it is true. If you moved it to another wallet of yours, link that one with `/wallet "
            f"link` before the next reading{to.due(_soonest(findings))}."
        )
    again = f"it is read again{to.due(_soonest(findings))}, by itself"
    return f"Nothing to do: {again}." if to.is_admin else f"Nothing to do: {again}. `/wallet refresh` asks at once."


def _soonest(findings: Sequence[WalletFinding]) -> datetime | None:
    return min((finding.link.wallet.due_at for finding in findings), default=None)


def _networks(reason: RoleReason) -> Sequence[Network]:
    """The networks that the rule counts on, each once."""
    return tuple(dict.fromkeys(condition.network for condition in reason.conditions if condition.network is not None))
