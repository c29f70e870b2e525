"""The witness: knows what is true, what the bot could know, and judges every role change the bot makes.

It shares no judgement with the bot. Links and rules are facts of configuration, readings are overheard, the truth
comes from the sandbox; verdicts are found by trying all worlds that fit.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from bot.domain.readings import Complete, Reading
from bot.sandbox.discord.models import AuditAction, AuditEntry
from tests.fuzz.beliefs import Belief, bag_of
from tests.fuzz.clock import ManualClock
from tests.fuzz.decisions import Decisions, Key
from tests.fuzz.requirements import EMPTY, Bag, Count, Requirement, amount, certainly, is_asked_about

Links = Mapping[str, int]
"""Address -> user."""
_UNHEARD = frozenset({Belief()})


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule as it is configured."""

    requirement: Requirement
    grace: timedelta
    is_active: bool


Rules = Mapping[tuple[int, int], RuleFacts]
"""(Server, role) -> rule."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How the world was from a time on."""

    at: datetime
    bags: Mapping[str, Bag]
    links: Links


@dataclass(frozen=True, slots=True)
class Change:
    """A role was given to a member, or taken."""

    by_bot: bool
    gave: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What evidence says of a requirement, and the oldest reading in it."""

    answer: bool | None
    oldest: datetime | None


class Witness:
    """Judges role changes. Between two calls of `open_window` all that was known at any time counts as known."""

    def __init__(
        self, clock: ManualClock, decisions: Decisions, *, confirm_after: timedelta, stale_after: timedelta
    ) -> None:
        self._clock = clock
        self._decisions = decisions
        self._confirm_after = confirm_after
        self._stale_after = stale_after
        self.history: list[Moment] = [Moment(clock.at, {}, {})]
        self.links: dict[str, int] = {}
        self.rules: dict[tuple[int, int], RuleFacts] = {}
        self._beliefs: dict[str, frozenset[Belief]] = {}
        self._beliefs_seen: dict[str, frozenset[Belief]] = {}
        self.many_at_once = False
        """Several calls are under way, so that one may still act on what another one has just outdated."""
        self._window_at = clock.at
        self._links_seen: list[Links] = [{}]
        self._rules_seen: list[Rules] = [{}]
        self.given: dict[Key, datetime] = {}
        """Roles on members that came from the bot."""
        self._unmet_since: dict[Key, datetime] = {}
        self.reclaimed: set[tuple[int, int]] = set()
        """Roles whose rule was removed together with the roles, until there is a new rule."""
        self.waived: set[int] = set()
        """Users who gave up or lost a wallet."""
        self.mistakable: set[Key] = set()
        """Roles that people gave while the bot had reason to believe that they were its own."""
        self.last_change: dict[Key, Change] = {}
        """What Discord's audit log says last of each role of the members that are there."""
        self.blinded: Counter[tuple[int, int]] = Counter()
        """How often a member was to be shown without any role."""
        self.changes: Counter[tuple[Key, bool]] = Counter()
        """How often the bot gave (True) or took (False) each role."""
        self.violations: list[str] = []

    # What happens.

    def open_window(self) -> None:
        """From here on only what is known now, or becomes known, justifies a change."""
        self._window_at = self._clock.at
        self._decisions.open_window()
        self._links_seen = [dict(self.links)]
        self._rules_seen = [dict(self.rules)]
        self._beliefs_seen = dict(self._beliefs)

    def set_truth(self, bags: Mapping[str, Bag]) -> None:
        """Something changed hands."""
        self.history.append(Moment(self._clock.now(), bags, self.history[-1].links))

    def set_links(self, links: Links) -> None:
        """Who has linked what, from now on."""
        self.links = dict(links)
        self._links_seen.append(self.links)
        self.history.append(Moment(self._clock.now(), self.history[-1].bags, self.links))
        self._note_unmet()

    def foresee_links(self, links: Links) -> None:
        """A call that is about to be made may lead to these links."""
        self._links_seen.append(dict(links))
        self.history.append(Moment(self._clock.now(), self.history[-1].bags, links))
        self._note_unmet()

    def set_rules(self, rules: Rules) -> None:
        """How the servers are configured, from now on."""
        for (guild_id, role_id), rule in self.rules.items():
            now = rules.get((guild_id, role_id))
            if now is None or now.requirement != rule.requirement:
                self._decisions.requirement_changed(guild_id, role_id)
        self.rules = dict(rules)
        self._rules_seen.append(self.rules)
        self._note_unmet()

    def hear(self, address: str, reading: Reading) -> None:
        """A reading came in. Until it is known to be stored, the bot may go by it or not."""
        if isinstance(reading, Complete):
            bag = bag_of(reading)
            if all(moment.bags.get(address, EMPTY) != bag for moment in self._since(reading.observed_at)):
                self.violations.append(f"a complete reading of {address[:8]}… is not what the wallet ever held")
        before = self._beliefs.get(address, _UNHEARD)
        self._beliefs[address] = before | {belief.after(reading, self._confirm_after) for belief in before}
        self._beliefs_seen[address] = self._beliefs_seen.get(address, _UNHEARD) | self._beliefs[address]
        self._note_unmet()

    def keep(self, address: str, reading: Reading) -> None:
        """That reading is stored."""
        settled = frozenset(belief.after(reading, self._confirm_after) for belief in self._beliefs[address])
        self._beliefs[address] = settled
        self._beliefs_seen[address] = self._beliefs_seen[address] | settled if self.many_at_once else settled

    def see(self, guild_id: int, entry: AuditEntry, bot_id: int) -> None:
        """A line in a server's audit log."""
        if entry.action is not AuditAction.MEMBER_ROLE_UPDATE or entry.target_id is None:
            return
        by_bot = entry.actor.id == bot_id
        for role_id in entry.added_roles:
            key = (guild_id, entry.target_id, role_id)
            self.last_change[key] = Change(by_bot, gave=True)
            if by_bot:
                self._see_given(key)
        for role_id in entry.removed_roles:
            key = (guild_id, entry.target_id, role_id)
            self.last_change[key] = Change(by_bot, gave=False)
            if by_bot:
                self._see_taken(key)
            else:
                self._forget(key)

    def see_blinded(self, guild_id: int, user_id: int) -> None:
        """Discord is about to show a member without roles."""
        self.blinded[guild_id, user_id] += 1
        for key, change in self.last_change.items():
            if key[:2] == (guild_id, user_id) and change.gave and not change.by_bot:
                self.mistakable.add(key)

    def see_gone(self, *, guild_id: int, user_id: int | None = None, role_id: int | None = None) -> None:
        """A member left, or a role was deleted or left to its holders: nothing of that is the bot's any more."""
        if user_id is not None:
            self._decisions.see_left(guild_id, user_id)
        for key in {*self.given, *self.last_change, *(changed for changed, _ in self.changes)}:
            if key[0] == guild_id and user_id in (None, key[1]) and role_id in (None, key[2]):
                self._forget(key)
                self._decisions.end(key)
                if user_id is not None:
                    self.last_change.pop(key, None)

    def see_adopted(self, keys: Iterable[Key]) -> None:
        """Roles that somebody else gave are the bot's from now on."""
        self.given.update(dict.fromkeys(keys, self._clock.at))
        self._note_unmet()

    def begin_anew(self, guild_id: int, role_id: int) -> None:
        """A role has a new rule: what an ended one was to take, it may take only for reasons of its own."""
        self.reclaimed.discard((guild_id, role_id))
        self._decisions.begin_anew(guild_id, role_id)
        for key in {key for key in self._unmet_since if (key[0], key[2]) == (guild_id, role_id)}:
            del self._unmet_since[key]
        self._note_unmet()

    def let_go(self, keys: Iterable[Key]) -> None:
        """These roles are not the bot's any more."""
        for key in keys:
            self._forget(key)

    # Judgement.

    def _see_given(self, key: Key) -> None:
        self.changes[key, True] += 1
        self._accuse_all("gave", key, self._decisions.against_giving(key))
        findings = [finding for rule, finding in self._window(key) if rule.is_active and finding.answer is True]
        if not findings:
            self._accuse("gave", key, "no complete reading says that the requirement is met")
        elif not any(self._was_met(key, finding.oldest) for finding in findings):
            self._accuse("gave", key, "the requirement was never truly met since the oldest reading")
        self.given[key] = self._clock.now()
        self._decisions.end(key)
        self._unmet_since.pop(key, None)
        self._note_unmet()

    def _see_taken(self, key: Key) -> None:
        self.changes[key, False] += 1
        guild_id, user_id, role_id = key
        given_at = self.given.get(key)
        if given_at is None and key not in self.mistakable:
            self._accuse("took", key, "the bot never gave it")
        asked_for = (guild_id, role_id) in self.reclaimed
        objections = self._decisions.against_taking(
            key, self._clock.at, is_asked_for=asked_for or user_id in self.waived, is_rule_gone=asked_for
        )
        self._accuse_all("took", key, objections)
        self._decisions.see_taken(key, self._clock.at)
        against = [rule for rule, finding in self._window(key) if rule.is_active and finding.answer is False]
        if not asked_for and not against:
            self._accuse("took", key, "no complete readings say that the requirement is not met")
        elif not asked_for and not self._was_unmet(key, given_at):
            self._accuse("took", key, "the requirement was met all the time")
        elif not asked_for and user_id not in self.waived and key not in self.mistakable:
            lapsed = self._clock.at - self._unmet_since.get(key, self._clock.at)
            if lapsed < min(rule.grace for rule in against):
                self._accuse("took", key, "the grace period is not over")
        self._forget(key)

    def _forget(self, key: Key) -> None:
        self.given.pop(key, None)
        self._unmet_since.pop(key, None)
        self._decisions.lift(key)

    def _accuse_all(self, verb: str, key: Key, objections: Iterable[str]) -> None:
        for why in objections:
            self._accuse(verb, key, why)

    def _accuse(self, verb: str, key: Key, why: str) -> None:
        self.violations.append(f"the bot {verb} role {key[2]} of user {key[1]}, but {why}")

    def _window(self, key: Key) -> Iterator[tuple[RuleFacts, Finding]]:
        return self._findings(key, self._rules_seen, self._links_seen)

    def _findings(
        self, key: Key, all_rules: Iterable[Rules], all_links: Iterable[Links]
    ) -> Iterator[tuple[RuleFacts, Finding]]:
        """What the evidence of this window says of one role of one member, under any of these rules and links."""
        for rules in all_rules:
            rule = rules.get((key[0], key[2]))
            if rule is None:
                continue
            for links in all_links:
                mine = [address for address, user_id in links.items() if user_id == key[1]]
                for beliefs in product(*(self._beliefs_seen.get(address, _UNHEARD) for address in mine)):
                    yield rule, self._weigh(rule.requirement, dict(zip(mine, beliefs, strict=True)))

    def _weigh(self, requirement: Requirement, beliefs: Mapping[str, Belief]) -> Finding:
        counts: dict[str, Count] = {}
        read_at: list[datetime] = []
        for name in requirement.names:
            asked = [belief for address, belief in beliefs.items() if is_asked_about(name, address)]
            known = [belief for belief in asked if belief.is_evidence(self._window_at, self._stale_after)]
            counts[name] = Count(amount(name, (belief.bag for belief in known)), len(known) == len(asked))
            read_at += [belief.read_at for belief in known if belief.read_at is not None]
        return Finding(certainly(requirement, counts), min(read_at, default=None))

    def _was_met(self, key: Key, since: datetime | None) -> bool:
        """Whether there was a moment since then in which the wallets that are linked now truly met the requirement."""
        return any(
            holds_truly(requirement, Moment(moment.at, moment.bags, links), key[1])
            for moment in self._since(since)
            for requirement in self._requirements(key)
            for links in self._links_seen
        )

    def _was_unmet(self, key: Key, since: datetime | None) -> bool:
        """Whether there was a moment since then in which the member truly did not meet the requirement."""
        return any(
            not holds_truly(requirement, moment, key[1])
            for moment in self._since(since)
            for requirement in self._requirements(key)
        )

    def _requirements(self, key: Key) -> Sequence[Requirement]:
        return [rules[key[0], key[2]].requirement for rules in self._rules_seen if (key[0], key[2]) in rules]

    def _since(self, since: datetime | None) -> Iterable[Moment]:
        """The moments that lasted until then or longer."""
        first = len(self.history) - 1
        while first > 0 and (since is None or self.history[first].at > since):
            first -= 1
        return self.history[first:]

    def _note_unmet(self) -> None:
        """Note for every role that the bot gave when the evidence first spoke against it."""
        for key in self.given:
            latest = self._findings(key, self._rules_seen[-1:], self._links_seen[-1:])
            answers = {finding.answer for _, finding in latest}
            if answers == {True}:
                self._decisions.end(key)
            elif True in answers:
                self._decisions.lift(key)
            if False in answers and key not in self._unmet_since:
                self._unmet_since[key] = self._clock.at


def holds_truly(requirement: Requirement, moment: Moment, user_id: int) -> bool:
    """Whether a user's linked wallets met a requirement at a moment."""
    bags = [(address, moment.bags.get(address, EMPTY)) for address, owner in moment.links.items() if owner == user_id]
    numbers = {
        name: amount(name, (bag for address, bag in bags if is_asked_about(name, address)))
        for name in requirement.names
    }
    return requirement.holds(numbers)
