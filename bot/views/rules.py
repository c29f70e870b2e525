"""Rules and collections as their admins see them."""

from collections.abc import Sequence

from bot.domain.durations import format_duration
from bot.domain.expressions import render
from bot.domain.markup import plain
from bot.domain.rules import Collection, Rule, RuleState
from bot.services.collections import CollectionUse
from bot.services.rule_plans import RuleChange
from bot.services.rules import RuleUse
from bot.views.text import CHOICE_MAX, code, code_block, counted, cut, joined, pages_of, role

_STATE = {
    RuleState.ACTIVE: "🟢 running",
    RuleState.PAUSED: "⏸️ paused",
    RuleState.ROLE_GONE: "🔴 stopped, the role is gone",
    RuleState.BLOCKED: "🔴 stopped, Discord refuses the role",
}


def done(change: RuleChange) -> str:
    """What to say after a rule was made, changed or removed."""
    if change.after is None:
        return _removed(change)
    rule, is_new = change.rule, change.before is None
    head = "Rule added" if is_new else "Rule changed"
    return "\n".join(
        [
            f"**{head}:** {role(rule.role_id)} goes to whoever meets",
            code_block(cut(render(rule.expression), 1000)),
            _grace(rule),
            "Members with linked wallets are checked now, one by one. Others link theirs with `/wallet link`, or with "
            "the button that `/panel post` puts into a channel."
            if is_new
            else "Members are checked against it now, one by one.",
        ]
    )


def _removed(change: RuleChange) -> str:
    holders = counted(change.holders, "member has", "members have")
    if not change.holders:
        after = "Nobody had the role from Holdfast."
    elif change.take_roles:
        after = f"{holders} the role from Holdfast; it is being taken back now, about one per second."
    else:
        keep = "keeps" if change.holders == 1 else "keep"
        after = f"{holders} the role from Holdfast and {keep} it. Holdfast will not touch it again."
    return f"**Rule removed** for {role(change.rule.role_id)} (“{plain(change.rule.role_name)}”). {after}"


def deleted_role(rule: Rule) -> str:
    """A rule whose role is gone, in a list to choose from, where markup does not work."""
    return cut(f"@{rule.role_name}: {render(rule.expression)}", CHOICE_MAX)


def paused(rule: Rule) -> str:
    """What to say after a rule was paused."""
    return (
        f"**Paused:** nobody gets or loses {role(rule.role_id)} until you use `/rule resume`. "
        "Wallets are still read meanwhile."
    )


def resumed(rule: Rule) -> str:
    """What to say after a rule was resumed."""
    return f"**Running again:** {role(rule.role_id)} follows its rule. Members are checked now, one by one."


def pages(uses: Sequence[RuleUse]) -> Sequence[str]:
    """All rules of a server."""
    if not uses:
        return [
            "There are no rules yet. First name what counts with `/collection add`, then make a rule with `/rule add`."
        ]
    return pages_of(_about(use) for use in uses)


def collection_added(collection: Collection) -> str:
    """What to say after a collection was added."""
    return (
        f"**Collection added:** {code(collection.name)} means {plain(collection.selector.describe())}. "
        f"Use the name in a rule, for example `/rule add` with the expression {code(f'{collection.name} >= 1')}."
    )


def collection_removed(collection: Collection) -> str:
    """What to say after a collection was removed."""
    return f"**Collection removed:** {code(collection.name)}. No rule named it, so no role is affected."


def collection_pages(uses: Sequence[CollectionUse]) -> Sequence[str]:
    """All collections of a server."""
    if not uses:
        return ["There are no collections yet. Add one with `/collection add`; rules count what you name there."]
    return pages_of(_about_collection(use) for use in uses)


def _about(use: RuleUse) -> str:
    rule = use.rule
    head = f"**{role(rule.role_id)}** {_STATE[rule.state]}"
    note = f"\n-# {rule.state_note}" if rule.state_note else ""
    expression = code_block(cut(render(rule.expression), 600))
    holders = counted(use.holders, "member has", "members have")
    return f"{head}{note}\n{expression}\n-# Grace {format_duration(rule.grace)}. {holders} the role from Holdfast."


def _about_collection(use: CollectionUse) -> str:
    requirements = joined([code(cut(text, 100)) for text in use.requirements], 5)
    used = f"counts in {requirements}" if use.requirements else "no rule names it"
    collection = use.collection
    return f"**{code(collection.name)}** {plain(collection.selector.describe())}\n-# {used}"


def _grace(rule: Rule) -> str:
    if not rule.grace:
        return "There is no grace period: who stops meeting it loses the role with the next check."
    return f"Who stops meeting it keeps the role for another {format_duration(rule.grace)}."
