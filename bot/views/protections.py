"""Protected members as admins see them."""

from collections.abc import Sequence

from bot.domain.markup import plain
from bot.domain.protections import Protection
from bot.services.protecting import Unprotected
from bot.views.text import counted, exact, pages_of, person, relative, role


def protected(protection: Protection) -> str:
    """What to say after a member was protected."""
    whose = person(protection.user_id)
    end = "Nothing ends it but `/member unprotect`." if protection.until is None else "It ends then by itself."
    return (
        f"**Protected.** {whose} keeps {_what(protection)}{_until(protection)}, whatever their wallets hold. {end}\n"
        "Holdfast gives no role because of it. Leaving the server takes all roles as ever, and the protection holds "
        "when they come back."
    )


def unprotected(user_id: int, result: Unprotected) -> str:
    """What to say after a protection was ended."""
    lines = [f"**Not protected any more.** The rules decide about the roles of {person(user_id)} again."]
    if result.released:
        kept = counted(result.released, "role that an admin had let them keep", "roles that an admin had let them keep")
        lines.append(f"That includes {kept}.")
    lines.append("What they do not meet now goes after the rule's grace period, which starts with the next check.")
    if result.remaining is not None:
        lines.append(
            f"⚠️ They are still protected for {_what(result.remaining)}{_until(result.remaining)}, so nothing is taken. "
            "To end that too, use `/member unprotect` without a role."
        )
    return "\n".join(lines)


def pages(protections: Sequence[Protection]) -> Sequence[str]:
    """The protected members of a server."""
    if not protections:
        return ["Nobody is protected here. `/member protect` lets a member keep roles whatever their wallets hold."]
    return pages_of([_line(protection) for protection in protections], joint="\n")


def _line(protection: Protection) -> str:
    reason = f"\n-# {plain(protection.reason)}" if protection.reason else ""
    by = f"by {person(protection.protected_by)} {relative(protection.protected_at)}"
    return f"{person(protection.user_id)}: {_what(protection)}{_until(protection)}, {by}{reason}"


def _what(protection: Protection) -> str:
    return "all roles that Holdfast gave" if protection.role_id is None else role(protection.role_id)


def _until(protection: Protection) -> str:
    return "" if protection.until is None else f" until {exact(protection.until)}"
