"""Protected members: no role is taken from them until a date, or until an admin says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import UserError
from bot.domain.protections import Protection
from bot.services.admins import Admin
from bot.services.ports import Clock, Store


@dataclass(frozen=True, slots=True)
class ProtectedRole:
    """A role as an admin named it."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Unprotected:
    """What was ended."""

    protections: Sequence[Protection]
    released: int
    """Roles that the member kept by an admin's decision about held removals or a sweep, and which the rule decides
    about again."""
    remaining: Protection | None
    """A protection of all roles that goes on, when only one role was named."""


class Protecting:
    """The use cases of `/member protect` and `/member unprotect`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def protect(
        self, admin: Admin, user_id: int, role: ProtectedRole | None, until: datetime | None, reason: str
    ) -> Protection:
        """Let a member keep a role (None: all that the bot gave), in the server now or not.

        It takes the place of an earlier protection of the same role.
        """
        now = self._clock.now()
        role_id = None if role is None else role.id
        protection = Protection(admin.guild_id, user_id, role_id, until, reason, admin.user_id, now)
        async with self._store.unit() as unit:
            others = await unit.protections.of_member(admin.guild_id, user_id)
            before = next((one for one in others if one.role_id == role_id and not one.is_over(now)), None)
            await unit.protections.save(protection)
            await unit.members.touch_user(user_id)
            line = AuditLine(
                now,
                admin.guild_id,
                admin.user_id,
                AuditAction.MEMBER_PROTECTED,
                f"<@{user_id}>",
                "" if before is None else _in_words(before, role),
                _in_words(protection, role),
            )
            await unit.audit.add(line)
        return protection

    async def unprotect(self, admin: Admin, user_id: int, role: ProtectedRole | None) -> Unprotected:
        """End a member's protection for a role (None: all of it), and decisions that the member keeps roles.

        Raises `UserError` when there is nothing to end.
        """
        now = self._clock.now()
        async with self._store.unit() as unit:
            running = [one for one in await unit.protections.of_member(admin.guild_id, user_id) if not one.is_over(now)]
            ended = [one for one in running if role is None or one.role_id == role.id]
            of_all = next((one for one in running if one.role_id is None and one not in ended), None)
            released = await unit.ledger.release_kept(
                admin.guild_id, user_id=user_id, role_id=None if role is None else role.id
            )
            if not ended and not released:
                raise UserError(_nothing_to_end(user_id, of_all))
            for one in ended:
                await unit.protections.remove(one)
            await unit.members.touch_user(user_id)
            words = [_in_words(one, role) for one in ended]
            if released:
                words.append(f"{released} {'role' if released == 1 else 'roles'} kept by an admin's decision")
            line = AuditLine(
                now,
                admin.guild_id,
                admin.user_id,
                AuditAction.MEMBER_UNPROTECTED,
                f"<@{user_id}>",
                "; ".join(words),
                "" if of_all is None else _in_words(of_all, None),
            )
            await unit.audit.add(line)
        return Unprotected(ended, released, of_all)

    async def of_guild(self, guild_id: int) -> Sequence[Protection]:
        """The protections that hold in a server now."""
        async with self._store.reading() as unit:
            return await unit.protections.of_guild(guild_id, self._clock.now())


def _in_words(protection: Protection, role: ProtectedRole | None) -> str:
    if protection.role_id is None:
        what = "all roles"
    else:
        what = f"the role {role.name}" if role is not None else f"the role with the id {protection.role_id}"
    until = "" if protection.until is None else f" until {protection.until:%Y-%m-%d %H:%M} UTC"
    return f"{what}{until}" + (f": {protection.reason}" if protection.reason else "")


def _nothing_to_end(user_id: int, of_all: Protection | None) -> str:
    if of_all is not None:
        return (
            f"<@{user_id}> is protected for all roles, not for this one alone, so nothing was changed. To end that, "
            "use `/member unprotect` without a role."
        )
    return f"<@{user_id}> is not protected here, so nothing was changed. `/member protected` lists who is."
