"""What Holdfast says about people's own data."""

from collections.abc import Sequence
from typing import Final

from bot.domain.ledger import RoleAction
from bot.domain.markup import plain
from bot.domain.privacy import Deletion
from bot.services.forgetting import Forgotten, Prospect, ServerRoles
from bot.services.opting_out import Opted
from bot.services.personal_data import DataFile
from bot.services.reconciling import Reconciliation
from bot.views.text import CONTENT_MAX, counted, cut, joined, relative, role

_MOST_ROLES: Final = 20
_MOST_SERVERS: Final = 12
_KINDS: Final = {
    "links": ("link to a wallet", "links to wallets"),
    "holdings": ("NFT in them", "NFTs in them"),
    "memberships": ("server", "servers"),
    "ledger": ("role from Holdfast", "roles from Holdfast"),
    "journal": ("role change", "role changes"),
    "audit_lines": ("line in the records", "lines in the records"),
}
"""Kinds of data that the answer counts; the file has them all."""


def exported(file: DataFile) -> str:
    """What to say beside the file with a person's data."""
    counts = [counted(file.counts.get(kind, 0), *words) for kind, words in _KINDS.items()]
    lines = [
        "**All that this installation of Holdfast stores of you**, from all servers, is in this file.",
        f"In short: {', '.join(counts)}.",
        "It names your wallets in full, so take care with whom you share it. Only you can see this answer.",
    ]
    if file.lacks_holdings:
        lines.append(
            "There are so many NFTs in your wallets that their list does not fit into a file for Discord; all else is "
            "there. The host of this bot can give you the list."
        )
    if file.name.endswith(".gz"):
        lines.append("It is packed with gzip, since it would be too large otherwise.")
    lines.append("Delete it all with `/privacy delete`.")
    return "\n".join(lines)


def question(prospect: Prospect) -> str:
    """What a deletion would take away, before it is confirmed."""
    wallets = counted(prospect.wallets, "linked wallet", "linked wallets")
    lines = [
        "**Delete all that is stored of you?**",
        f"• Your {wallets}, with what was read of them, and everything else about you goes, in all servers at once.",
    ]
    if prospect.roles:
        lines.append("• The roles that Holdfast gave you are taken back first:")
        lines += _servers(prospect.roles)
    else:
        lines.append("• You have no role from Holdfast, so none is lost.")
    lines += [
        "• The record of what was done to roles stays for the servers' admins, without your name and your wallets.",
        "It cannot be undone. Later you can start afresh with `/wallet link`. To keep a copy, use `/privacy export` "
        "before. To stop only in one server, use `/privacy optout` there.",
    ]
    return cut("\n".join(lines), CONTENT_MAX)


def under_way(deletion: Deletion) -> str:
    """A deletion that could not be finished yet."""
    why = f", because {deletion.obstacle}" if deletion.obstacle else ""
    return (
        f"**Your data is being deleted, and that is not finished yet**{why}. Roles are taken back before the rest can "
        f"go. It goes on by itself {relative(deletion.due_at)}, also after a restart; you need not do anything. Until "
        "then your wallets count nowhere and nothing can be linked. `/privacy delete` shows how far it is."
    )


def forgotten(result: Forgotten) -> str:
    """A deletion that is finished."""
    lines = ["**All that was stored of you is deleted.**"]
    if result.taken:
        lines.append(f"{counted(result.taken, 'role was', 'roles were')} taken back.")
    if result.refused:
        lines.append(
            "These roles could not be taken back, as Discord does not let Holdfast do that there. The admins of those "
            "servers can:"
        )
        lines += _servers(result.refused)
    lines.append("If you want to come back one day, use `/wallet link`.")
    return cut("\n".join(lines), CONTENT_MAX)


def kept() -> str:
    """A deletion that was not wanted after all."""
    return "Nothing was deleted."


def outdated() -> str:
    """A confirmation that comes so late that what it was about may have changed."""
    return "That question was asked a while ago, so nothing was deleted. Use `/privacy delete` again."


def opted_out(result: Opted) -> str:
    """What came of opting out."""
    head = (
        "**Your wallets do not count in this server any more.** They stay linked, and count in your other servers."
        if result.is_news
        else "**You had opted out in this server already.**"
    )
    taken = _changed(result.roles, RoleAction.TAKE)
    if taken:
        roles = f"Taken back: {joined(taken, _MOST_ROLES)}."
    elif result.roles.is_postponed:
        roles = "Discord cannot be reached at the moment; roles from Holdfast go by themselves when it can."
    else:
        roles = (
            "No role of yours changed at once. Should you have one from Holdfast here, it goes by itself; while an "
            "admin has paused all role changes, only after that."
        )
    return f"{head}\n{roles}\nTo count again, use `/privacy optin`."


def opted_in(result: Opted) -> str:
    """What came of opting in again."""
    if not result.is_news:
        return "You had not opted out in this server, so nothing changed. `/roles why` shows what counts."
    given = _changed(result.roles, RoleAction.GIVE)
    if given:
        roles = f"You were given {joined(given, _MOST_ROLES)}."
    elif result.roles.is_postponed:
        roles = "Discord cannot be reached at the moment; your roles follow by themselves when it can."
    else:
        roles = "No role of yours changed. `/roles why` shows what each one asks for and what was counted."
    return f"**Your wallets count in this server again.**\n{roles}"


def _servers(roles: Sequence[ServerRoles]) -> list[str]:
    lines = [
        f"  • in {plain(one.server)}: {joined([plain(name) for name in one.roles], _MOST_ROLES)}"
        for one in roles[:_MOST_SERVERS]
    ]
    if len(roles) > _MOST_SERVERS:
        lines.append(f"  • and in {counted(len(roles) - _MOST_SERVERS, 'more server', 'more servers')}")
    return lines


def _changed(roles: Reconciliation, action: RoleAction) -> list[str]:
    return [role(change.role_id) for change in roles.changes if change.action is action]
