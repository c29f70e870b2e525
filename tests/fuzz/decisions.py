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
        """Roles that an admin let members keep, until they are entitled again."""
        self.approved: set[Key] = set()
        """Removals that the brake held and an admin let pass."""
        self._adopted: dict[Key, datetime] = {}
        self._taken: defaultdict[tuple[int, int], list[datetime]] = defaultdict(list)
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

    def adopt(self, keys: Iterable[Key], until: datetime) -> None:
        """Roles that somebody else gave are the bot's, and stay until then whatever the evidence."""
        self._adopted.update(dict.fromkeys(keys, until))

    def adopted(self, guild_id: int, role_id: int) -> set[Key]:
        """The members whose role is adopted and not earned yet."""
        return {key for key in self._adopted if (key[0], key[2]) == (guild_id, role_id)}

    def end(self, key: Key) -> None:
        """The role is gone, or earned: what was decided about it is over."""
        self.kept.discard(key)
        self.approved.discard(key)
        self._adopted.pop(key, None)

    def requirement_changed(self, guild_id: int, role_id: int) -> None:
        """A rule asks for something else, which ends what was decided about its holders."""
        for keys in (self.kept, self.approved):
            keys -= {key for key in keys if (key[0], key[2]) == (guild_id, role_id)}

    def see_taken(self, key: Key, now: datetime) -> None:
        """The bot took a role."""
        self._taken[key[0], key[2]].append(now)

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
        lately = sum(1 for moment in self._taken[guild_id, role_id] if moment > now - _DAY)
        if lately >= self._brake and not is_asked_for and key not in self.approved:
            yield f"{lately} were taken within the day and nobody approved it"
