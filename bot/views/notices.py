"""The dated notice that a role ends."""

from collections.abc import Sequence

from bot.domain.notices import Lapse
from bot.views.text import CONTENT_MAX, code, cut, exact, person, relative, role

_MOST_ROLES = 8


def in_answer(lapses: Sequence[Lapse]) -> str:
    """What the member reads below the answer to whatever they did."""
    return _notice("", lapses)


def in_channel(user_id: int, lapses: Sequence[Lapse]) -> str:
    """What the member reads in the server's notice channel."""
    return _notice(f"{person(user_id)} ", lapses)


def _notice(whom: str, lapses: Sequence[Lapse]) -> str:
    what = "a role of yours ends" if len(lapses) == 1 else f"{len(lapses)} roles of yours end"
    lines = [f"⏳ {whom}**Unless something changes, {what}.**"]
    lines += [_role(lapse) for lapse in lapses[:_MOST_ROLES]]
    if len(lapses) > _MOST_ROLES:
        lines.append(f"-# and {len(lapses) - _MOST_ROLES} more; `/roles why` shows them all.")
    it = "it" if len(lapses) == 1 else "them"
    lines.append(
        f"To keep {it}, hold what is asked for again before then, or link another wallet that does with "
        "`/wallet link`. Then `/wallet refresh` shows it at once. `/roles why` shows what was counted."
    )
    return cut("\n".join(lines), CONTENT_MAX)


def _role(lapse: Lapse) -> str:
    return (
        f"{role(lapse.role_id)} asks for {code(cut(lapse.requirement, 120))}, which you have not met since "
        f"{relative(lapse.lapsed_at)}. It stays until {exact(lapse.stays_until)} ({relative(lapse.stays_until)})."
    )
