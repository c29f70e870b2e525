"""What people decided about roles whatever the evidence says, and what the bot may do in spite of it: nothing."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

Key = tuple[int, int, int]
"""Server, user, role."""
Membership = tuple[int, int]
"""Server, user."""
_DAY = timedelta(days=1)


class Decisions:
    """The decisions that are in force. `brake` is how many removals of a role are believable within a day."""

    def __init__(self, brake: int) -> None:
        self._brake = brake
        self._paused: set[int] = set()
        self._paused_all_along: set[int] = set()
        self._protected: dict[Membership, datetime] = {}
        self.withdrawn: frozenset[Membership] = frozenset()
        """Members who do not want to count in a server, or nowhere, as all that is stored of them is to go."""
        self._withdrawn_seen: list[frozenset[Membership]] = [frozenset()]
        self.forgetting: frozenset[int] = frozenset()
        """Users whose data is being deleted, which no pause stops."""
        self.undoing: dict[Key, bool] = {}
        """Roles that an admin agreed to have given back (True) or taken back (False), until that is over."""
        self.kept: set[Key] = set()
        """Roles that an admin let members keep, until they are entitled again: these must not be taken."""
        self.may_be_kept: set[Key] = set()
        """Those, and others that need not be taken: somebody took the role and gave it back before the bot looked.

        The bot sees a role that it was told to leave, on the member as ever.
        """
        self.earned: set[Key] = set()
        """Of these the evidence has said since that the member is entitled.

        That ends what an admin decided as soon as the bot looks at the member. Until then the decision is in force for
        it, also when the evidence speaks against the member again by that time.
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
        self._withdrawn_seen = [self.withdrawn]

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

    def keep(self, keys: Collection[Key]) -> None:
        """An admin lets members keep roles: what the brake held, or what an undo gave back."""
        self.kept.update(keys)
        self.may_be_kept.update(keys)
        self.earned.difference_update(keys)

    def unprotect(self, guild_id: int, user_id: int) -> None:
        """The evidence decides again, also about the roles that the member was to keep."""
        self._protected.pop((guild_id, user_id), None)
        for keys in (self.kept, self.may_be_kept, self.earned):
            keys -= {key for key in keys if key[:2] == (guild_id, user_id)}

    def withdraw(self, members: frozenset[Membership], forgetting: frozenset[int]) -> None:
        """Who does not want to count, from now on."""
        self.withdrawn, self.forgetting = members, forgetting
        self._withdrawn_seen.append(members)

    def foresee_withdrawn(self, members: frozenset[Membership]) -> None:
        """A call that is about to be made may lead to this."""
        self._withdrawn_seen.append(members)

    def may_be_withdrawn(self, key: Key) -> bool:
        """Whether the member may count as one who does not want to."""
        return any(key[:2] in members for members in self._withdrawn_seen)

    def forget(self, user_id: int) -> set[Key]:
        """All that is stored of a user is gone. Returns what was decided about their roles."""
        for guild_id, other in list(self._protected):
            if other == user_id:
                del self._protected[guild_id, other]
        return {key for key in {*self.may_be_kept, *self.approved, *self._adopted, *self.undoing} if key[1] == user_id}

    def adopt(self, keys: Iterable[Key], until: datetime) -> None:
        """Roles that somebody else gave are the bot's, and stay until then whatever the evidence."""
        self.approved -= set(keys)
        self._passed -= set(keys)
        self._adopted.update(dict.fromkeys(keys, until))

    def is_adopted(self, key: Key) -> bool:
        """Whether a role is adopted and surely not earned yet."""
        return key in self._adopted

    def adopted(self, guild_id: int, role_id: int) -> set[Key]:
        """The members whose role is adopted and not earned yet."""
        return {key for key in self._adopted if (key[0], key[2]) == (guild_id, role_id)}

    def end(self, key: Key) -> None:
        """The role is given anew, or its holder left: what was decided about it is over."""
        self.earn(key)
        self.earned.discard(key)
        self.may_be_kept.discard(key)

    def earn(self, key: Key) -> None:
        """The role is earned: what was decided about it is over, once the bot knows."""
        self.lift(key)
        self.approved.discard(key)
        self._passed.discard(key)
        self.earned |= {key} & self.may_be_kept

    def see_kept(self, keys: Collection[Key]) -> None:
        """The bot goes by decisions that members keep these roles, and has looked at whoever else earned theirs."""
        self.may_be_kept -= self.earned.difference(keys)
        self.earned.intersection_update(keys)

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
        for keys in (self.kept, self.may_be_kept, self.earned, self.approved):
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
        if all(key[:2] in members for members in self._withdrawn_seen):
            yield "the member does not want to count"
        if key[0] in self._paused_all_along and self.undoing.get(key) is not True:
            yield "the server is paused"

    def against_taking(self, key: Key, now: datetime, *, is_asked_for: bool, is_rule_gone: bool) -> Iterator[str]:
        """Why a role must not be taken now. The brake does not hold what was asked for."""
        guild_id, user_id, role_id = key
        is_undoing, is_withdrawn = self.undoing.get(key) is False, self.may_be_withdrawn(key)
        if guild_id in self._paused_all_along and not is_undoing and user_id not in self.forgetting:
            yield "the server is paused"
        if now < self._adopted.get(key, now) and not is_undoing:
            yield "it is adopted"
        if is_withdrawn:
            return
        if now < self._protected.get((guild_id, user_id), now):
            yield "the member is protected"
        if is_undoing:
            return
        if key in self.kept and not is_rule_gone:
            yield "an admin let the member keep it"
        lately = sum(1 for moment, _ in self._taken[guild_id, role_id] if moment > now - _DAY)
        if lately >= self._brake and not is_asked_for and key not in self.approved | self._passed:
            yield f"{lately} were taken within the day and nobody approved it"
