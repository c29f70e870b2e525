"""A member's wallets: the list, and what came of linking, refreshing and unlinking."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ledger import RoleAction
from bot.domain.links import Link
from bot.domain.wallets import WalletState
from bot.services.onboarding import Refreshed, Unlinked, Welcome
from bot.services.reconciling import Reconciliation, RoleChange
from bot.views.reasons import evidence_gap, in_words
from bot.views.text import CHOICE_MAX, cut, joined, nft_count, pages_of, relative, role, wallet_name

_MOST_ROLES = 20
_MOST_LINES = 12


def choice(link: Link) -> str:
    """A wallet's label in a list to choose from, where markup does not work."""
    address = link.wallet.address
    return cut(f"{address.network.label} {address.short}", CHOICE_MAX)


OPTED_OUT: Final = (
    "**You opted out in this server:** your wallets do not count here, and give you no roles. To count again, "
    "use `/privacy optin`."
)
"""Above what a member is shown in a server where they do not want to count."""


def pages(links: Sequence[Link], now: datetime, stale_after: timedelta, *, opted_out: bool = False) -> Sequence[str]:
    """All of a member's wallets. `opted_out`: they do not count in the server where this is shown."""
    notice = [OPTED_OUT] if opted_out else []
    if not links:
        nothing = (
            "You have no wallet linked. Link one with `/wallet link`: you sign a short text, which is free and gives "
            "nobody access to it."
        )
        return pages_of([*notice, nothing], "\n")
    lines = [_line(link.wallet, now, stale_after) for link in links]
    head = "They are the same in every server that uses this bot."
    tail = "Unlink one with `/wallet unlink`. See what your roles rest on with `/roles why`."
    return pages_of([*notice, head, *lines, tail], "\n")


def welcome(result: Welcome, now: datetime, *, is_pending: bool = False) -> str:
    """What to say after a wallet was proven. `is_pending`: the member has not passed the server's screening yet."""
    wallet = result.wallet
    name = wallet_name(wallet)
    if result.link.is_repeat:
        head = f"✅ **Proven again:** {name} was linked to you already, and stays so."
    else:
        head = f"✅ **Linked:** {name} is yours now."
    lines = [head]
    if result.link.taken_from is not None:
        lines.append(
            "It was linked to another member until now. The newest valid proof counts, so their roles that rested on "
            "it go. This server's admins are told."
        )
    lines += [_reading(wallet, now), *_roles_after(result.roles, is_pending=is_pending)]
    if wallet.unknown is None:
        lines.append(f"It is read again {relative(wallet.due_at)}, and from then on regularly: there is nothing to do.")
    return "\n".join(lines)


def refreshed(result: Refreshed, now: datetime, stale_after: timedelta) -> str:
    """What to say after a member's wallets were read anew."""
    lines = [_line(link.wallet, now, stale_after) for link in result.links[:_MOST_LINES]]
    if len(result.links) > _MOST_LINES:
        lines.append(f"and {len(result.links) - _MOST_LINES} more, which `/wallet list` shows")
    lines += _roles_after(result.roles)
    lines.append("Each wallet can be read anew once a minute. See what your roles rest on with `/roles why`.")
    return "\n".join(lines)


def unlinked(result: Unlinked) -> str:
    """What to say after a wallet was unlinked."""
    head = f"**Unlinked:** {wallet_name(result.link.wallet)} is not yours here any more and is not read for you again."
    taken = _changed(result.roles.changes, RoleAction.TAKE) if result.roles is not None else []
    if taken:
        roles = f"The roles that rested on it were taken back: {joined(taken, _MOST_ROLES)}."
    elif result.roles is None or result.roles.is_postponed:
        roles = "Discord cannot be reached at the moment; the roles that rest on it go by themselves when it can."
    elif result.is_waiting:
        roles = (
            "Your roles stay until your other wallets could be read once more, as what this one held may be in them by "
            "now. That goes on by itself."
        )
    else:
        roles = "No role of yours in this server changed at once."
    last = "In other servers the same follows within minutes. To link it again, use `/wallet link`."
    return f"{head}\n{roles}\n{last}"


def _line(wallet: WalletState, now: datetime, stale_after: timedelta) -> str:
    if wallet.is_known(now, stale_after) and wallet.read_at is not None:
        return f"• {wallet_name(wallet)}: {nft_count(wallet)}, read {relative(wallet.read_at)}"
    return f"• {wallet_name(wallet)} {evidence_gap(wallet, now)}"


def _reading(wallet: WalletState, now: datetime) -> str:
    if wallet.unknown is not None:
        when = "now" if wallet.due_at <= now else relative(wallet.due_at)
        return (
            f"What it holds could not be read yet: {in_words(wallet)}. Your proof stands; the reading is tried again "
            f"{when}, and roles follow by themselves."
        )
    if wallet.emptied_at is not None:
        return f"It {evidence_gap(wallet, now)}."
    if wallet.read_at is None:
        return "What it holds is read within the next minutes."
    if not wallet.holdings:
        return (
            "It holds no NFT. If that surprises you: a wallet app shows many addresses as one, and only the one you "
            "signed with is linked. Link the address that the NFT is on as well."
        )
    return f"It holds {nft_count(wallet)}, read {relative(wallet.read_at)}."


def _roles_after(roles: Reconciliation | None, *, is_pending: bool = False) -> list[str]:
    if roles is None:
        return ["Your roles follow by themselves within minutes."]
    lines = []
    if given := _changed(roles.changes, RoleAction.GIVE):
        lines.append(f"You were given {joined(given, _MOST_ROLES)}.")
    if taken := _changed(roles.changes, RoleAction.TAKE):
        lines.append(f"You no longer have {joined(taken, _MOST_ROLES)}.")
    if is_pending and not given:
        lines.append("Complete this server's membership screening; roles are given after it.")
    elif roles.is_postponed:
        lines.append("Discord cannot be reached at the moment; your roles follow by themselves when it can.")
    elif not lines:
        lines.append("No role of yours changed. `/roles why` shows what each one asks for and what was counted.")
    return lines


def _changed(changes: Sequence[RoleChange], action: RoleAction) -> list[str]:
    return [role(change.role_id) for change in changes if change.action is action]
