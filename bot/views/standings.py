"""How a role stands, in a sentence or two, for its holder and for admins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.durations import format_duration
from bot.domain.markup import plain
from bot.domain.standings import Standing
from bot.domain.verdicts import Verdict
from bot.services.explaining import RoleReason, Word
from bot.views.text import exact, relative


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads an explanation: the member it is about, or an admin."""

    is_admin: bool
    now: datetime

    @property
    def you(self) -> str:
        """The member, at the start of a sentence."""
        return "They" if self.is_admin else "You"

    @property
    def them(self) -> str:
        """The member, within a sentence."""
        return "them" if self.is_admin else "you"

    @property
    def they(self) -> str:
        """The member, as the one who acts within a sentence."""
        return "they" if self.is_admin else "you"

    @property
    def their(self) -> str:
        """What is the member's."""
        return "their" if self.is_admin else "your"

    def due(self, moment: datetime | None) -> str:
        """When something that is due happens."""
        if moment is None:
            return ""
        return " now" if moment <= self.now else f" {relative(moment)}"

    def credit(self, word: Word | None) -> str:
        """Who decided something and when; for admins only."""
        if word is None or not self.is_admin:
            return ""
        return f" (noticed {relative(word.at)})" if word.by is None else f" (by <@{word.by}>, {relative(word.at)})"


def sentence(reason: RoleReason, reader: Reader) -> str:
    """The one sentence or two that answer “why”."""
    return _SENTENCES[reason.standing](reason, reader)


def _absent(reason: RoleReason, to: Reader) -> str:
    meets = {
        Verdict.ENTITLED: f"{to.you} meet this",
        Verdict.NOT_ENTITLED: f"{to.you} do not meet this",
        Verdict.UNKNOWN: f"Holdfast cannot tell at the moment whether {to.they} meet this",
    }[reason.judgement.verdict]
    return f"{meets}. {to.you} are not in the server, so there is no role to have."


def _opted_out(reason: RoleReason, to: Reader) -> str:
    text = f"{to.you} opted out of Holdfast in this server, so {to.their} wallets do not count here."
    if reason.has_role and reason.entry is not None:
        return f"{text} The role is being taken back, as Holdfast gave it."
    return f"{text} Somebody else gave the role, so Holdfast leaves it alone." if reason.has_role else text


def _forgetting(_: RoleReason, to: Reader) -> str:
    return f"All that Holdfast has stored of {to.them} is being deleted, and the roles it gave are taken back first."


def _undo(_: RoleReason, _to: Reader) -> str:
    return "An admin is having a sweep undone, and this role is part of that: it is being put back as it was before."


def _role_gone(reason: RoleReason, to: Reader) -> str:
    return f"The role was deleted in Discord{to.credit(reason.decided)}, so this rule does nothing any more."


def _server_paused(reason: RoleReason, to: Reader) -> str:
    return (
        f"The server's admins have paused Holdfast here{to.credit(reason.decided)}: nobody gets or loses any role "
        "until they let it go on."
    )


def _rule_paused(reason: RoleReason, to: Reader) -> str:
    return (
        f"The server's admins have paused this rule{to.credit(reason.decided)}: nobody gets or loses the role until "
        "they resume it."
    )


def _blocked(reason: RoleReason, to: Reader) -> str:
    note = f" {reason.judgement.rule.state_note}" if to.is_admin and reason.judgement.rule.state_note else ""
    return (
        f"Discord does not let Holdfast change this role{to.credit(reason.decided)}, so nobody gets or loses it for "
        f"now.{note}"
    )


def _withheld(_: RoleReason, to: Reader) -> str:
    return (
        f"Somebody took this role from {to.them} by hand, or had a sweep undone that gave it, and Holdfast does not "
        "fight over it."
    )


def _held(_: RoleReason, to: Reader) -> str:
    return f"{to.you} meet this, and {to.they} have the role."


def _foreign_met(_: RoleReason, to: Reader) -> str:
    return f"{to.you} meet this, and {to.they} have the role. Somebody else gave it, so Holdfast leaves it alone."


def _foreign(_: RoleReason, to: Reader) -> str:
    return (
        f"{to.you} do not meet this. Somebody else gave {to.them} the role, and Holdfast takes back only what it gave."
    )


def _screening(_: RoleReason, to: Reader) -> str:
    return f"{to.you} meet this. The role comes once {to.they} have passed this server's membership screening."


def _contested(_: RoleReason, to: Reader) -> str:
    return (
        f"Somebody else, a person or another bot, keeps undoing what Holdfast does with this role of {to.their}s, so "
        "Holdfast has stopped. It does not fight over a role."
    )


def _missing(_: RoleReason, to: Reader) -> str:
    return (
        f"{to.you} meet this, but the role is missing on {to.them}. Holdfast looks once more before it believes that."
    )


def _coming(_: RoleReason, to: Reader) -> str:
    return f"{to.you} meet this. The role comes with the next check."


def _frozen(reason: RoleReason, to: Reader) -> str:
    if reason.has_role:
        what = "Your role stays as it is" if not to.is_admin else "The role stays with them as it is"
    else:
        what = f"{to.you} do not have the role, and that stays as it is"
    return f"Holdfast cannot tell at the moment whether {to.they} meet this. {what} until it can."


def _not_met(reason: RoleReason, to: Reader) -> str:
    if reason.entry is not None:
        return f"{to.you} do not meet this any more, so the role was taken back."
    return f"{to.you} do not meet this, so {to.they} do not have the role."


def _kept(reason: RoleReason, to: Reader) -> str:
    since = "" if reason.entry is None or reason.entry.kept_at is None else f" {relative(reason.entry.kept_at)}"
    who = to.credit(reason.decided)
    return f"{to.you} do not meet this, but an admin decided{who or since} that {to.they} keep the role."


def _protected(reason: RoleReason, to: Reader) -> str:
    until = "" if reason.stays_until is None else f" until {exact(reason.stays_until)}"
    return (
        f"{to.you} do not meet this, but an admin protects {to.them}: the role stays{until}.{_who_protects(reason, to)}"
    )


def _who_protects(reason: RoleReason, to: Reader) -> str:
    """Who protects the member, and why; for admins only."""
    protection = reason.protection
    if protection is None or not to.is_admin:
        return ""
    why = f": {plain(protection.reason)}" if protection.reason else ""
    return f" Protected by <@{protection.protected_by}> {relative(protection.protected_at)}{why}."


def _adopted(reason: RoleReason, to: Reader) -> str:
    until = "" if reason.stays_until is None else f" until {exact(reason.stays_until)} ({relative(reason.stays_until)})"
    return (
        f"{to.you} had this role before Holdfast looked after it, and do not meet its rule yet. {to.you} keep the role"
        f"{until}."
    )


def _brake(reason: RoleReason, to: Reader) -> str:
    since = "" if reason.hold is None else f", since {relative(reason.hold.opened_at)}"
    return (
        f"{to.you} do not meet this any more. So many members would lose the role at once that the removals wait for "
        f"an admin's decision{since}. Until then {to.they} keep it."
    )


def _grace(reason: RoleReason, to: Reader) -> str:
    entry, ends_at = reason.entry, reason.stays_until
    if entry is None or entry.lapsed_at is None or ends_at is None:
        grace = format_duration(reason.judgement.rule.grace)
        return f"{to.you} do not meet this any more. The role goes after a grace period of {grace}."
    return (
        f"{to.you} do not meet this any more, since {relative(entry.lapsed_at)}. {to.you} keep the role until "
        f"{exact(ends_at)} ({relative(ends_at)}); meet it again before then and nothing happens."
    )


def _leaving(reason: RoleReason, to: Reader) -> str:
    rule, entry = reason.judgement.rule, reason.entry
    if entry is not None and entry.grace_waived:
        asked = f"as {to.they} or an admin asked"
        return f"{to.you} do not meet this any more. The role is being taken back now, without grace, {asked}."
    if rule.grace:
        return f"{to.you} do not meet this any more and the grace period is over, so the role is being taken back."
    return f"{to.you} do not meet this any more, so the role is being taken back. The rule has no grace period."


_SENTENCES: Mapping[Standing, Callable[[RoleReason, Reader], str]] = {
    Standing.ABSENT: _absent,
    Standing.OPTED_OUT: _opted_out,
    Standing.FORGETTING: _forgetting,
    Standing.UNDO: _undo,
    Standing.ROLE_GONE: _role_gone,
    Standing.SERVER_PAUSED: _server_paused,
    Standing.RULE_PAUSED: _rule_paused,
    Standing.BLOCKED: _blocked,
    Standing.WITHHELD: _withheld,
    Standing.HELD: _held,
    Standing.FOREIGN_MET: _foreign_met,
    Standing.FOREIGN: _foreign,
    Standing.SCREENING: _screening,
    Standing.CONTESTED: _contested,
    Standing.MISSING: _missing,
    Standing.COMING: _coming,
    Standing.FROZEN: _frozen,
    Standing.NOT_MET: _not_met,
    Standing.KEPT: _kept,
    Standing.PROTECTED: _protected,
    Standing.ADOPTED: _adopted,
    Standing.BRAKE: _brake,
    Standing.GRACE: _grace,
    Standing.LEAVING: _leaving,
}
