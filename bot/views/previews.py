"""What a rule, or a change of one, would do, as its admin sees it before it is made."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import discord

from bot.domain.durations import format_duration
from bot.domain.expressions import render
from bot.domain.markup import plain
from bot.domain.previews import Outlook
from bot.domain.rules import Rule, RuleState
from bot.domain.wallets import WalletState
from bot.services.previewing import Preview, Prospect
from bot.services.rule_plans import RuleChange
from bot.views.sweep_progress import bar
from bot.views.text import PAGE_MAX, code_block, counted, cut, role, wallet_name

_REASON_MAX: Final = 70
_WRITES_PER_SECOND: Final = 1
"""How fast Discord takes role changes of one server."""
_TITLE: Final = "Preview: nothing is changed yet"


def of_change(change: RuleChange, preview: Preview) -> discord.Embed:
    """Everything about a change that waits for its confirmation."""
    blocks = [_headline(change), *_body(preview, change.after, is_removal=change.after is None)]
    if change.dangers:
        blocks.append(
            f"⚠️ This role carries {', '.join(change.dangers)}. Everybody who meets the requirement gets these "
            "permissions, also somebody who just bought the NFT. Consider a role without them."
        )
    blocks.append("Nothing happens until you confirm. This preview can be confirmed for an hour.")
    return _embed(_TITLE, blocks)


def of_rule(rule: Rule, preview: Preview) -> discord.Embed:
    """What a rule does with the next check of everybody, or would with another expression."""
    head = f"{role(rule.role_id)} with\n{code_block(cut(render(rule.expression), 600))}"
    if rule.state is not RuleState.ACTIVE:
        head += "\nThe rule is not running, so this is what would follow once it is resumed."
    return _embed("Preview: nothing is changed", [head, *_body(preview, rule)])


def of_expression(expression: str, preview: Preview) -> discord.Embed:
    """Who would meet an expression."""
    counts = preview.counts
    blocks = [
        code_block(cut(expression, 600)),
        _group("🟢", "meets this", "meet this", preview, Outlook.GAIN),
        _group("❔", "stays unknown", "stay unknown", preview, Outlook.UNKNOWN),
        _group("⚪", "does not meet it", "do not meet it", preview, Outlook.LACK),
        "" if sum(counts.values()) else _NOBODY_YET,
        _cost(preview, writes=0),
    ]
    return _embed("Preview: nothing is changed", blocks)


def reading(done: int, total: int) -> str:
    """While wallets without a reading are being read."""
    return "\n".join(
        [
            f"**Reading {counted(total, 'wallet', 'wallets')} that no fresh reading is known of.**",
            bar(done, total),
            f"{done} of {total} read. Nothing is changed meanwhile.",
        ]
    )


def outlasted(head: str, preview: Preview, *, is_draft: bool) -> str:
    """For the log channel, when the answer to the command cannot be edited any more."""
    gain, lose = preview.count(Outlook.GAIN), preview.count(Outlook.LOSE, Outlook.LOSE_LATER)
    rest = (
        " The admin who asked for the change can still decide about it here, for an hour after asking."
        if is_draft
        else ""
    )
    return (
        f"**The preview that took longer than Discord lets an answer be edited:** {head} "
        f"{counted(gain, 'member gains', 'members gain')} the role, "
        f"{counted(lose, 'member loses', 'members lose')} it, {preview.count(Outlook.KEEP)} keep it, "
        f"{preview.count(Outlook.UNKNOWN)} stay unknown. Nothing was changed.{rest}"
    )


def headline(change: RuleChange) -> str:
    """A change in one line."""
    rule = change.rule
    name = f"“{plain(rule.role_name)}”"
    if change.after is None:
        return f"The rule for {name} would be removed."
    return f"The rule for {name} would ask for `{cut(render(rule.expression), 200)}`."


def dangerous(dangers: Sequence[str], rule: Rule) -> str:
    """The second question, before a role with dangerous permissions is handed out."""
    listed = "\n".join(f"- {danger}" for danger in dangers)
    return (
        f"⚠️ **{role(rule.role_id)} carries permissions that can do harm:**\n{listed}\n"
        "Whoever meets the requirement gets them, also somebody who bought the NFT a minute ago, or whose wallet was "
        "stolen. A role without them is the safer choice. Nothing is changed yet."
    )


CANCELLED: Final = "**Cancelled.** Nothing was changed."
SAVING: Final = "Saving the change…"
LOOKING: Final = "Looking at what is known…"
_NOBODY_YET: Final = (
    "Nobody has linked a wallet here yet, so nothing changes for anybody now. Who links one is checked at once."
)


def _headline(change: RuleChange) -> str:
    rule, before = change.rule, change.before
    if change.after is None:
        what = "is taken back" if change.take_roles else "stays with its holders, and Holdfast will not touch it again"
        return f"**Remove the rule for {role(rule.role_id)}** (“{plain(rule.role_name)}”). The role {what}."
    expression = code_block(cut(render(rule.expression), 600))
    grace = f"Grace {format_duration(rule.grace)}." if rule.grace else "No grace."
    if before is None:
        return f"**New rule:** {role(rule.role_id)} goes to whoever meets\n{expression}\n{grace}"
    lines = [f"**Changed rule:** {role(rule.role_id)} goes to whoever meets\n{expression}"]
    if before.expression != rule.expression:
        lines.append(f"-# until now: `{cut(render(before.expression), 200)}`")
    if before.grace != rule.grace:
        grace += f" Until now: {format_duration(before.grace)}."
    if rule.state is not RuleState.ACTIVE:
        grace += " The rule is not running, so nothing follows before `/rule resume`."
    return "\n".join([*lines, grace])


def _body(preview: Preview, rule: Rule | None, *, is_removal: bool = False) -> Sequence[str]:
    if not sum(preview.counts.values()):
        return ["Nobody has the role from Holdfast." if is_removal else _NOBODY_YET, _cost(preview, writes=0)]
    later = f"loses it {format_duration(rule.grace)} after that" if rule else "loses it later"
    laters = f"lose it {format_duration(rule.grace)} after that" if rule else "lose it later"
    blocks = [
        _group("🟢", "gains the role", "gain the role", preview, Outlook.GAIN),
        _group("🔴", "loses the role at once", "lose the role at once", preview, Outlook.LOSE),
        _group("🟠", f"does not meet it and {later}", f"do not meet it and {laters}", preview, Outlook.LOSE_LATER),
        _group("❔", "stays unknown, and as it is", "stay unknown, and as they are", preview, Outlook.UNKNOWN),
        _group("⚪", "keeps the role", "keep the role", preview, Outlook.KEEP),
    ]
    if lacking := preview.count(Outlook.LACK):
        blocks.append(
            f"{counted(lacking, 'more member does', 'more members do')} not have the role and would not get it."
        )
    if preview.braked:
        blocks.append(
            f"✋ The brake lets only {preview.count(Outlook.LOSE) - preview.braked} of these removals pass now; "
            f"{counted(preview.braked, 'waits', 'wait')} for you to approve or keep in the log channel."
        )
    if preview.is_paused:
        blocks.append("⏸️ This server is paused, so nothing of it happens before the pause ends.")
    writes = preview.count(Outlook.GAIN, Outlook.LOSE, Outlook.LOSE_LATER)
    return [*blocks, _cost(preview, writes=writes)]


def _group(sign: str, one: str, many: str, preview: Preview, outlook: Outlook) -> str:
    number = preview.count(outlook)
    if not number:
        return ""
    prospects = preview.prospects.get(outlook, ())
    named = [f"<@{prospect.user_id}>{_reason(prospect, outlook)}" for prospect in prospects]
    more = f" and {number - len(named)} more" if number > len(named) else ""
    return f"{sign} **{counted(number, f'member {one}', f'members {many}')}:** {', '.join(named)}{more}"


def _reason(prospect: Prospect, outlook: Outlook) -> str:
    entry, judgement = prospect.entry, prospect.judgement
    if judgement is None:
        return ""
    if outlook is Outlook.UNKNOWN:
        wallets = judgement.unknown_wallets
        words = _gap(wallets[0]) if wallets else "a collection of the rule is gone"
    elif outlook is Outlook.KEEP and entry is not None and entry.kept_at is not None:
        words = "an admin decided so"
    else:
        words = ", ".join(f"{name} {count}" for name, count in sorted(judgement.counts.items()))
    return f" ({cut(words, _REASON_MAX)})" if words else ""


def _gap(wallet: WalletState) -> str:
    if wallet.unknown is not None:
        return f"{wallet_name(wallet)} cannot be read"
    if wallet.emptied_at is not None:
        return f"{wallet_name(wallet)} was seen empty once"
    return f"{wallet_name(wallet)} has no fresh reading"


def _cost(preview: Preview, *, writes: int) -> str:
    unread = len(preview.unread)
    if not preview.wallets:
        calls = "no provider calls"
    elif not unread:
        calls = f"no provider calls: {counted(preview.wallets, 'wallet has', 'wallets have')} a fresh reading"
    else:
        calls = (
            f"{counted(unread, 'wallet', 'wallets')} of {preview.wallets} without a fresh reading, so at least "
            f"{counted(unread, 'provider call', 'provider calls')}, about {_minutes(preview.seconds)}"
        )
    roles = f"; {counted(writes, 'role change', 'role changes')}, about {_minutes(writes / _WRITES_PER_SECOND)}"
    return f"-# Cost: {calls}{roles if writes else ''}."


def _minutes(seconds: float) -> str:
    if seconds <= 60:
        return "a minute at most"
    return format_duration(timedelta(minutes=math.ceil(seconds / 60)))


def _embed(title: str, blocks: Sequence[str]) -> discord.Embed:
    text = "\n".join(block for block in blocks if block)
    return discord.Embed(title=title, description=cut(text, PAGE_MAX), colour=discord.Colour.dark_teal())
