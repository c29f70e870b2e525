"""Somebody else's hand: noted where it shows, reported once, and not fought over."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.ledger import RoleAction
from bot.domain.rivals import Flip
from bot.domain.role_plans import MOST_UNDONE, UNDONE_WINDOW
from bot.services.guild_log import GuildLog
from bot.services.member_cases import RoleDecision
from bot.services.ports import Clock, ServerLists, Store
from bot.services.repositories import UnitOfWork

FLIPS_PER_PASS = 100
MEMBERS_NAMED = 10
LOOKED_UP = 3
"""For so many members of one report the server's audit log is asked who it was."""


async def note_flip(unit: UnitOfWork, decision: RoleDecision) -> None:
    """Write down that somebody undid what the bot did; and in the audit when that was once too often."""
    flip = decision.flip
    if flip is None:
        return
    await unit.role_flips.add(flip)
    if flip.is_rivalry:
        name = "" if decision.rule is None else decision.rule.role_name
        after = f"<@{flip.user_id}>"
        await unit.audit.add(AuditLine(flip.at, flip.guild_id, None, AuditAction.RIVAL_FOUND, name, after=after))


class RivalReports:
    """Tells a server's log channel of somebody who keeps changing a role back."""

    def __init__(self, store: Store, lists: ServerLists, guild_log: GuildLog, clock: Clock) -> None:
        self._store = store
        self._lists = lists
        self._guild_log = guild_log
        self._clock = clock

    async def report_due(self) -> None:
        """Tell of what was not told of yet: one post per role within a day, whatever the number of members.

        It is noted before it is told: after a crash in between, the audit line and the doctor still tell of it.
        """
        for (guild_id, _), flips in (await self._news()).items():
            actors = {await self._lists.who_changed(flip) for flip in flips[:LOOKED_UP]}
            await self._guild_log.post(guild_id, in_words(flips, sorted(actor for actor in actors if actor)))

    async def _news(self) -> Mapping[tuple[int, int], Sequence[Flip]]:
        now = self._clock.now()
        by_role: dict[tuple[int, int], list[Flip]] = defaultdict(list)
        async with self._store.unit() as unit:
            flips = await unit.role_flips.unreported(FLIPS_PER_PASS)
            roles = {(flip.guild_id, flip.role_id) for flip in flips}
            told = {role for role in roles if await unit.role_flips.is_told(*role, now - UNDONE_WINDOW)}
            for flip in flips:
                is_news = await unit.role_flips.report(flip, now)
                if is_news and (flip.guild_id, flip.role_id) not in told:
                    by_role[flip.guild_id, flip.role_id].append(flip)
        return by_role


def in_words(flips: Sequence[Flip], actors: Sequence[int]) -> str:
    """Say whose role it is about, who it was if that is known, and what to do."""
    role = f"<@&{flips[0].role_id}>"
    whom = ", ".join(f"<@{flip.user_id}>" for flip in flips[:MEMBERS_NAMED])
    if len(flips) > MEMBERS_NAMED:
        whom += f" and {len(flips) - MEMBERS_NAMED} more"
    was_given = all(flip.undone is RoleAction.GIVE for flip in flips)
    what = "took away what Holdfast gave" if was_given else "changed back what Holdfast did"
    who = " and ".join(f"<@{actor}>" for actor in actors) or "Somebody else, perhaps another bot,"
    fix = (
        "Leave the role to one of the two: change the other bot, or pause or remove the rule here."
        if actors
        else "Discord's audit log says who it was (Holdfast may not read it, or found nothing). Leave the role to one "
        "of the two: change the other bot, or pause or remove the rule here."
    )
    return (
        f"**The role {role} is being fought over.** {who} {what}, {MOST_UNDONE} times within a day: {whom}. "
        "Holdfast does not fight over it: the role stays with these members as the other one left it. "
        f"{fix} If it happens to more members within a day, `/settings audit` lists them."
    )
