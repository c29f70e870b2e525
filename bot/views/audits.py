"""Audit lines in words: in the log channel, and page by page for `/settings audit`."""

import re
from collections.abc import Sequence
from typing import Final

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.markup import plain
from bot.services.auditing import LINES_SHOWN
from bot.views.text import code, cut, exact, pages_of, person

WORDS: Final = {
    AuditAction.COLLECTION_ADDED: "Collection added",
    AuditAction.COLLECTION_REMOVED: "Collection removed",
    AuditAction.RULE_ADDED: "Rule added",
    AuditAction.RULE_EDITED: "Rule changed",
    AuditAction.RULE_REMOVED: "Rule removed",
    AuditAction.RULE_PAUSED: "Rule paused",
    AuditAction.RULE_RESUMED: "Rule resumed",
    AuditAction.RULE_STOPPED: "Rule stopped",
    AuditAction.SETTING_CHANGED: "Setting changed",
    AuditAction.SWEEP_REQUESTED: "Sweep asked for",
    AuditAction.WALLET_LINKED: "Wallet linked",
    AuditAction.WALLET_UNLINKED: "Wallet unlinked",
    AuditAction.WALLET_TRANSFERRED: "Wallet moved to whoever proved it last",
    AuditAction.WALLET_RELEASED: "Wallet released with its key",
    AuditAction.WALLET_INVALIDATED: "Contract wallet not proven any more",
    AuditAction.MEMBER_PROTECTED: "Member protected",
    AuditAction.MEMBER_UNPROTECTED: "Member not protected any more",
    AuditAction.ROLE_ADOPTED: "Role adopted from its holders so far",
    AuditAction.REMOVALS_HELD: "Removals held back for an admin's decision",
    AuditAction.REMOVALS_APPROVED: "Held removals approved",
    AuditAction.REMOVALS_KEPT: "Held removals refused: the members keep the role",
    AuditAction.RIVAL_FOUND: "Somebody else keeps changing a role that a rule decides about",
    AuditAction.SWEEP_UNDONE: "Undoing of a sweep begun",
    AuditAction.HOLDERS_EXPORTED: "Holders exported",
    AuditAction.MEMBER_OPTED_OUT: "Member opted out of this server's rules",
    AuditAction.MEMBER_OPTED_IN: "Member opted in again",
    AuditAction.MEMBER_FORGOTTEN: "A member's data deleted",
    AuditAction.SWEEP_CANCELLED: "Sweep cancelled",
}
"""What happened, for every action."""
VALUE_MAX: Final = 300
"""Characters of an old or a new value; two of them and the rest of a line fit into a post."""
_MENTION: Final = re.compile(r"<(?:@&|#)[0-9]{1,20}>")
_USER: Final = re.compile(r"<@!?(?P<mentioned>-?[0-9]{1,20})>|(?P<id>[0-9]{15,20})")


def line(what: AuditLine) -> str:
    """One audit line: what, about whom, by whom, when, and the values before and after."""
    who = "Holdfast" if what.actor_id is None else person(what.actor_id)
    about = f" · {_subject(what.subject)}" if what.subject else ""
    return f"**{WORDS[what.action]}**{about} · {who}, {exact(what.at)}{_change(what)}"


def pages(lines: Sequence[AuditLine]) -> Sequence[str]:
    """All lines, newest first, on as many pages as they need."""
    if not lines:
        return ["Nothing was changed in this server yet."]
    blocks = [line(what) for what in lines]
    if len(lines) >= LINES_SHOWN:
        blocks.append(f"-# Only the newest {LINES_SHOWN} lines are shown.")
    return pages_of(blocks)


def _change(what: AuditLine) -> str:
    if what.before and what.after:
        return f"\n{_value(what.before)} → {_value(what.after)}"
    if what.before:
        return f"\nwas {_value(what.before)}"
    return f"\n{_value(what.after)}" if what.after else ""


def _subject(text: str) -> str:
    return _as_mention(text) or f"“{plain(cut(text, VALUE_MAX))}”"


def _value(text: str) -> str:
    return _as_mention(text) or code(cut(" ".join(text.split()), VALUE_MAX))


def _as_mention(text: str) -> str | None:
    """A mention that stands alone, or a member's id, as Discord shows it; None for any other text."""
    if _MENTION.fullmatch(text):
        return text
    user = _USER.fullmatch(text)
    return None if user is None else person(int(user["mentioned"] or user["id"]))
