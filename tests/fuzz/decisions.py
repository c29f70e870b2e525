"""What admins decided about roles whatever the evidence says, and what the bot may do in spite of it: nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

Key = tuple[int, int, int]
"""Server, user, role."""
_DAY = timedelta(days=1)


class Decisions:
    """The decisions that are in force. `brake` is how many removals of a role are believable within a day."""

    def __init__(self, brake: int) -> None:
        self._brake = brake
        self._paused: set[int] = set()
        self._paused_all_along: set[int] = set()
        self._protected: dict[tuple[int, int], datetime] = {}
        self.kept: set[Key] = set()
        """Roles that an admin let members keep, until they are entitled again: these must not be taken."""
        self.may_be_kept: set[Key] = set()
        """Those, and others that need not be taken: somebody took the role and gave it back before the bot looked.

        The bot sees a role that it was told to leave, on the member as ever.
        """
        self.approved: set[Key] = set()
        """Removals that the brake held and an admin let pass."""
        self._passed: set[Key] = set()
        """Removals that have passed the brake."""
        self._adopted: dict[Key, datetime] = {}
        self._taken: defaultdict[tuple[int, int], list[tuple[datetime, int]]] = defaultdict(list)
        """When a role was taken from whom."""
        self.in_the_way: Counter[str] = Counter()
        """How often each kind of decision was made."""

    def open_window(self) -> None:
        """From here on, what is paused now must be known to the bot."""
        self._paused_all_along = set(self._paused)

    def pause(self, guild_id: int) -> None:
        """Nobody in a server gets or loses a role any more."""
        self._paused.add(guild_id)

    def resume(self, guild_id: int) -> None:
        """The bot may work in a server again."""
        self._paused.discard(guild_id)
        self._paused_all_along.discard(guild_id)

    def is_paused(self, guild_id: int) -> bool:
        """Whether a server is paused."""
        return guild_id in self._paused

    def protect(self, guild_id: int, user_id: int, until: datetime) -> None:
        """No role is taken from a member until then."""
        self._protected[guild_id, user_id] = until

    def approve(self, keys: Iterable[Key]) -> None:
        """An admin lets removals pass that the brake held."""
        self.approved.update(keys)

    def keep(self, keys: Iterable[Key]) -> None:
        """An admin lets members keep what the brake held."""
        self.kept.update(keys)
        self.may_be_kept.update(keys)

    def adopt(self, keys: Iterable[Key], until: datetime) -> None:
        """Roles that somebody else gave are the bot's, and stay until then whatever the evidence."""
        self.approved -= set(keys)
        self._passed -= set(keys)
        self._adopted.update(dict.fromkeys(keys, until))

    def adopted(self, guild_id: int, role_id: int) -> set[Key]:
        """The members whose role is adopted and not earned yet."""
        return {key for key in self._adopted if (key[0], key[2]) == (guild_id, role_id)}

    def end(self, key: Key) -> None:
        """The role is earned, or given anew, or its holder left: what was decided about it is over."""
        self.lift(key)
        self.approved.discard(key)
        self._passed.discard(key)
        self.may_be_kept.discard(key)

    def lift(self, key: Key) -> None:
        """The role is gone, or may be earned: nothing has to keep it on the member any more.

        A removal that was approved, or passed the brake, may be repeated. When somebody gives the role back before the
        bot has looked, or when Discord did not carry the removal out, the bot sees the same: what it took is still
        there. So it takes it again, which is no further removal.
        """
        self.kept.discard(key)
        self._adopted.pop(key, None)

    def requirement_changed(self, guild_id: int, role_id: int) -> None:
        """A rule asks for something else, which ends what was decided about its holders."""
        for keys in (self.kept, self.may_be_kept, self.approved):
            keys -= {key for key in keys if (key[0], key[2]) == (guild_id, role_id)}

    def begin_anew(self, guild_id: int, role_id: int) -> None:
        """The role has a new rule, whose removals have to pass the brake for themselves."""
        for keys in (self.approved, self._passed):
            keys -= {key for key in keys if (key[0], key[2]) == (guild_id, role_id)}

    def see_taken(self, key: Key, now: datetime) -> None:
        """The bot took a role. That passed the brake, and stays so: see `lift`."""
        self._taken[key[0], key[2]].append((now, key[1]))
        self._passed.add(key)

    def see_left(self, guild_id: int, user_id: int) -> None:
        """A member left, who would have lost all roles by that: what the bot took from them counts no more.

        Whether a removal was carried out that Discord left unclear, nobody will ever see on them.
        """
        for (server, _), taken in self._taken.items():
            if server == guild_id:
                taken[:] = [(moment, user) for moment, user in taken if user != user_id]

    def against_giving(self, key: Key) -> Iterator[str]:
        """Why a role must not be given now."""
        if key[0] in self._paused_all_along:
            yield "the server is paused"

    def against_taking(self, key: Key, now: datetime, *, is_asked_for: bool, is_rule_gone: bool) -> Iterator[str]:
        """Why a role must not be taken now. The brake does not hold what was asked for."""
        guild_id, user_id, role_id = key
        if guild_id in self._paused_all_along:
            yield "the server is paused"
        if now < self._protected.get((guild_id, user_id), now):
            yield "the member is protected"
        if key in self.kept and not is_rule_gone:
            yield "an admin let the member keep it"
        if now < self._adopted.get(key, now):
            yield "it is adopted"
        lately = sum(1 for moment, _ in self._taken[guild_id, role_id] if moment > now - _DAY)
        if lately >= self._brake and not is_asked_for and key not in self.approved | self._passed:
            yield f"{lately} were taken within the day and nobody approved it"
