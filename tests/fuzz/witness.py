"""The witness: knows what is true, what the bot could know, and judges every role change the bot makes.

It shares no judgement with the bot. Links and rules are facts of configuration, readings are overheard, the truth
comes from the sandbox; verdicts are found by trying all worlds that fit.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product

from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading
from bot.sandbox.discord.models import AuditAction, AuditEntry
from tests.fuzz.beliefs import Belief, bag_of
from tests.fuzz.clock import ManualClock
from tests.fuzz.decisions import Decisions, Key, Membership
from tests.fuzz.facts import Change, Finding, Links, Moment, RuleFacts, Rules, holds_truly, weigh
from tests.fuzz.requirements import EMPTY, Bag, Requirement, is_on

_UNHEARD = frozenset({Belief()})


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
        self.waived: set[Key] = set()
        """Roles whose holders gave up or lost a wallet since they got them, or did not want theirs to count."""
        self.mistakable: set[Key] = set()
        """Roles that people gave while the bot had reason to believe that they were its own."""
        self.last_change: dict[Key, Change] = {}
        """What Discord's audit log says last of each role of the members that are there."""
        self.denied: set[Membership] = set()
        """Members of whom Discord was to say that they are not in the server."""
        self.refusals: set[int] = set()
        """Servers where Discord did not let the bot change a role, or was to say so."""
        self.undone: set[Key] = set()
        """Roles that were taken back because an admin had a sweep undone."""
        self.forgettable: set[Key] = set()
        """Roles that the bot gave to members who seemed to have none, and who then got one from somebody else.

        When it looks, the bot cannot tell whether that one was there before, and its own too.
        """
        self.ever_adopted: set[Key] = set()
        """Roles that may be there from before the bot."""
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

    def believed(self) -> Mapping[str, frozenset[Belief]]:
        """What may be believed of the wallets, by all that came in since the window was opened."""
        return dict(self._beliefs_seen)

    def open_window_amid(self, believed: Mapping[str, frozenset[Belief]]) -> None:
        """Something happened in the middle of the bot's work, which from here on has to follow it.

        A doubt stops nothing that was decided before it came up, as it says nothing about the wallet; other news do.
        """
        self.open_window()
        for address, beliefs in self._beliefs.items():
            bags = {belief.bag for belief in beliefs}
            undoubted = {belief for belief in believed.get(address, _UNHEARD) if belief.bag in bags}
            self._beliefs_seen[address] = beliefs | undoubted

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

    def set_withdrawn(self, members: frozenset[Membership], forgetting: frozenset[int]) -> None:
        """Who does not want to count, from now on. An adopted role of theirs is not the bot's any more."""
        finished = self._decisions.forgetting - forgetting
        self._decisions.withdraw(members, forgetting)
        self.waived |= {key for key in self.given if key[:2] in members}
        adopted = {key for key in self.given if key in self.ever_adopted and key[:2] in members}
        self.mistakable |= {key for key in adopted if not self._decisions.is_adopted(key)}  # they may have been earned
        self.let_go(adopted)
        for user_id in finished:
            self._see_forgotten(user_id)

    def set_undoing(self, left: Mapping[Key, bool]) -> None:
        """What undos have still to do. A role that was to be given back is kept, also when it had never gone."""
        undoing = self._decisions.undoing
        self._decisions.undoing = {key: gives for key, gives in undoing.items() if left.get(key) is gives}
        over = undoing.keys() - self._decisions.undoing.keys()
        self._decisions.keep(
            [key for key in over if undoing[key] and key in self.given and not self._decisions.may_be_withdrawn(key)]
        )
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

    def hear_pass(self, network: Network, item: str, shown: Mapping[str, Bag], at: datetime) -> None:
        """A list came in of who holds a collection. It may confirm what is believed of all wallets of a network."""
        for address, before in list(self._beliefs.items()):
            if is_on(network, address):
                after = [belief.after_list(item, shown.get(address, EMPTY), at) for belief in before]
                self._beliefs[address] = before | {belief for belief in after if belief is not None}
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

    def waive(self, user_id: int) -> None:
        """A user gives a wallet up, or loses it: there is no grace for what rested on it, and no brake.

        That goes for all roles of theirs that the bot takes for its own.
        """
        mistaken = {key for key in self.mistakable if key in self.last_change and self.last_change[key].gave}
        self.waived |= {key for key in {*self.given, *mistaken} if key[1] == user_id}

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

    def see_adopted(self, keys: Collection[Key]) -> None:
        """Roles that somebody else gave are the bot's from now on."""
        self.given.update(dict.fromkeys(keys, self._clock.at))
        self.waived.difference_update(keys)
        self.ever_adopted.update(self.given.keys() & set(keys))
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

    def _see_forgotten(self, user_id: int) -> None:
        """All that was stored of a user is gone; the roles that the bot gave them must have gone before."""
        for key in [key for key in self.given if key[1] == user_id]:
            is_refused = key[0] in self.refusals or key[:2] in self.denied
            if not is_refused and key not in self.mistakable:
                self.violations.append(f"everything about user {user_id} is deleted, but role {key[2]} is still there")
            self._forget(key)
        for key in self._decisions.forget(user_id):
            self._decisions.end(key)
        for changed in [changed for changed in self.changes if changed[0][1] == user_id]:
            del self.changes[changed]

    def _see_given(self, key: Key) -> None:
        self.changes[key, True] += 1
        self._accuse_all("gave", key, self._decisions.against_giving(key))
        self.undone.discard(key)
        if self._decisions.undoing.get(key) is True:
            self._see_given_back(key)
            return
        findings = [finding for rule, finding in self._window(key) if rule.is_active and finding.answer is True]
        if not findings:
            self._accuse("gave", key, "no complete reading says that the requirement is met")
        elif not any(self._was_met(key, finding.oldest) for finding in findings):
            self._accuse("gave", key, "the requirement was never truly met since the oldest reading")
        self.given[key] = self._clock.now()
        self.waived.discard(key)
        self._decisions.end(key)
        self._unmet_since.pop(key, None)
        self._note_unmet()

    def _see_given_back(self, key: Key) -> None:
        """An admin had a sweep undone: the member keeps the role, or where there is no rule any more, owns it."""
        if (key[0], key[2]) not in self.rules:
            self.mistakable.add(key)
            self._forget(key)
            return
        self.given[key] = self._clock.now()
        self._decisions.end(key)
        self._decisions.keep([key])
        self._note_unmet()

    def _see_taken(self, key: Key) -> None:
        self.changes[key, False] += 1
        guild_id, _, role_id = key
        given_at = self.given.get(key)
        if given_at is None and key not in self.mistakable:
            self._accuse("took", key, "the bot never gave it")
        is_undoing = self._decisions.undoing.get(key) is False
        asked_for = (guild_id, role_id) in self.reclaimed or is_undoing or self._decisions.may_be_withdrawn(key)
        objections = self._decisions.against_taking(
            key, self._clock.at, is_asked_for=asked_for or key in self.waived, is_rule_gone=asked_for
        )
        if is_undoing:
            self.undone.add(key)
        self._accuse_all("took", key, objections)
        self._decisions.see_taken(key, self._clock.at)
        against = [rule for rule, finding in self._window(key) if rule.is_active and finding.answer is False]
        if not asked_for and not against:
            self._accuse("took", key, "no complete readings say that the requirement is not met")
        elif not asked_for and not self._was_unmet(key, given_at):
            self._accuse("took", key, "the requirement was met all the time")
        elif not asked_for and key not in self.waived | self.mistakable:
            lapsed = self._clock.at - self._unmet_since.get(key, self._clock.at)
            if lapsed < min(rule.grace for rule in against):
                self._accuse("took", key, "the grace period is not over")
        self._forget(key)

    def _forget(self, key: Key) -> None:
        self.given.pop(key, None)
        self.waived.discard(key)
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
                    believed = dict(zip(mine, beliefs, strict=True))
                    yield rule, weigh(rule.requirement, believed, self._window_at, self._stale_after)

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
            if key[:2] in self._decisions.withdrawn:
                continue
            if answers == {True}:
                self._decisions.earn(key)
            elif True in answers:
                self._decisions.lift(key)
            if False in answers and key not in self._unmet_since:
                self._unmet_since[key] = self._clock.at
