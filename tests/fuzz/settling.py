"""What must be true once all faults have stopped and the bot has had time."""

from collections import Counter
from datetime import timedelta

from bot.domain.brakes import HoldDecision
from bot.domain.rules import RuleState
from tests.fuzz.decisions import Key
from tests.fuzz.facts import Change, holds_truly
from tests.fuzz.safety_deeds import decide_holds, pause
from tests.fuzz.town import Server, Town

_CONFIRMATION = timedelta(minutes=16)
_GRACE_AND_RETRIES = timedelta(minutes=62)
_SECOND_LOOKS = timedelta(minutes=2)
_MOST_BATCHES = 50
_MOST_HOLDS = 10
_CONTESTED = 3
"""So often undone by somebody else, a role is left alone."""
_SHOWN = {"held": True, "withheld": False}
"""Whether Discord shows a role whose entry in the ledger is in that state. No other state lasts."""
_RULE_GONE = "the rule was removed"
_TAKEN_BY_HAND = Change(by_bot=False, gave=False)


async def settle(town: Town) -> None:
    """End all trouble, let admins put right what stands in the way, and let the bot work until nothing is due.

    What it has begun it must finish by itself. What happened behind its back in Discord it sees when it looks.
    """
    town.heal()
    await town.restart()
    for server in town.servers:
        await _put_right(town, server)
    async with town.bot.store.unit() as unit:
        await unit.wallets.make_due(town.clock.now())
    for span in (timedelta(0), _CONFIRMATION, _GRACE_AND_RETRIES, _GRACE_AND_RETRIES, _SECOND_LOOKS):
        town.clock.advance(span)
        await _work(town)
        await _approve(town)
    roles = {role.id for server in town.servers for role in server.roles}
    town.witness.violations += [
        f"the bot never came back to {_named(key)}, which is {state}"
        for key, state in town.records.ledger().items()
        if state not in _SHOWN and key[2] in roles
    ]
    if town.records.undos():
        town.witness.violations.append("an undo never ended")
    if town.records.forgetting():
        town.witness.violations.append("somebody was never forgotten")
    await _look_at_everybody(town)
    for span in (_SECOND_LOOKS, _SECOND_LOOKS):
        await _approve(town)
        town.clock.advance(span)
        await _work(town)


async def _approve(town: Town) -> None:
    """Let all removals pass that wait for an admin."""
    for _ in range(_MOST_HOLDS):
        if not sum([await decide_holds(town, server, HoldDecision.APPROVED) for server in town.servers]):
            return
        await _work(town)
    raise AssertionError("removals wait again and again")


async def check(town: Town) -> list[str]:
    """Say what is wrong in a town that has settled."""
    wrong = [*_ledger_against_discord(town), *_discord_against_the_truth(town), *_journal(town)]
    town.discord.traffic.clear()
    town.clock.advance(_SECOND_LOOKS)
    await _look_at_everybody(town)
    wrong += [f"still writing: {write.method} {write.path}" for write in town.discord.traffic.role_writes]
    return wrong


async def _put_right(town: Town, server: Server) -> None:
    services, guild = town.bot.services, server.guild
    await pause(town, server, paused=False)
    for role in server.roles:
        if role.position > 100:
            guild.move_role(role, 1)
    for user in town.users:
        if user.id in guild.members:
            await town.call(services.memberships.met(guild.id, user.id))
    # As with every new connection: this is how the bot hears of a deleted role whose rule writes nothing.
    await town.call(services.memberships.connected(guild.id, frozenset(guild.roles)))
    for use in await services.rules.of_guild(guild.id):
        if use.rule.role_id in guild.roles and use.rule.state is not RuleState.ACTIVE:
            await town.call(services.rules.resume(server.admin, use.rule.role_id))


async def _work(town: Town) -> None:
    for _ in range(_MOST_BATCHES):
        await town.finish_deletions()
        await town.call(town.bot.services.undoing.close_finished())
        if await town.refresh_due() + await town.reconcile_due() == 0:
            return
    raise AssertionError("the bot never comes to rest")


async def _look_at_everybody(town: Town) -> None:
    """Work, and look at each member as their next command would make the bot do."""
    await _work(town)
    for server in town.servers:
        for user in town.users:
            await town.call(town.bot.reconciler.reconcile(server.guild.id, user.id, look=True))


def _ledger_against_discord(town: Town) -> list[str]:
    ledger, wrong = town.records.ledger(), []
    servers = {server.guild.id: server.guild for server in town.servers}
    users = {user.id: user for user in town.users}
    for key, state in ledger.items():
        has = key[2] in servers[key[0]].roles_of(users[key[1]])
        if has is not _SHOWN.get(state):
            wrong.append(f"the ledger says {state} of {_named(key)}, which Discord shows: {has}")
        if state == "held" and key not in town.witness.given and key not in town.witness.mistakable:
            wrong.append(f"the ledger claims {_named(key)}, which the bot never gave")
    left_to_people = _left_to_people(town) | _contested(town)
    wrong += [
        f"the ledger has forgotten {_named(key)}"
        for key in town.witness.given
        if ledger.get(key) != "held" and key not in left_to_people
    ]
    return wrong


def _discord_against_the_truth(town: Town) -> list[str]:
    wrong: list[str] = []
    now, ledger, contested = town.witness.history[-1], town.records.ledger(), _contested(town)
    kept = town.records.kept()
    left_to_people = _left_to_people(town) | contested | town.decisions.may_be_kept
    for server in town.servers:
        for role in server.roles:
            rule = town.witness.rules.get((server.guild.id, role.id))
            if rule is not None and not rule.is_active:
                wrong.append(f"the rule for {role.id} is still stopped")
            for user in town.users:
                key = (server.guild.id, user.id, role.id)
                if user.id not in server.guild.members:
                    continue
                has = role.id in server.guild.roles_of(user)
                entitled = rule is not None and holds_truly(rule.requirement, now, user.id)
                entitled = entitled and key[:2] not in town.decisions.withdrawn
                is_withheld = ledger.get(key) == "withheld" and (
                    town.witness.last_change.get(key) == _TAKEN_BY_HAND or key in town.witness.undone
                )
                if entitled and not has and not is_withheld and key not in contested:
                    wrong.append(f"entitled, but without the role: {_named(key)}")
                if entitled and has and key in kept:
                    wrong.append(f"earned, but still with a decision that the member keeps it: {_named(key)}")
                is_the_bots = ledger.get(key) == "held" or key in town.witness.given
                if has and not entitled and is_the_bots and key not in left_to_people:
                    wrong.append(f"not entitled, but still with the role: {_named(key)}")
    return wrong


def _journal(town: Town) -> list[str]:
    """Every change that the bot made in Discord has its line, and every line says why."""
    lines = town.records.journal()
    number_of = Counter((line.key, line.action == "give") for line in lines if line.outcome in ("done", "unreachable"))
    wrong = [
        f"{'gave' if gave else 'took'} {_named(key)} {number} times, but the journal has {number_of[key, gave]} lines"
        for (key, gave), number in town.witness.changes.items()
        if number_of[key, gave] < number
    ]
    wrong += [f"no reason in the journal: {line}" for line in lines if not line.requirement and not line.note]
    addresses = {wallet.address.text for wallet in town.wallets}
    wrong += [f"a full address in the journal: {line}" for line in lines if addresses & {*line.wallets}]
    return wrong


def _left_to_people(town: Town) -> set[Key]:
    """Roles that are not the bot's any more.

    Discord did not let it take them back after their rule was removed, and the admins were told; the first refusal ends
    that for all who were still to lose the role, and the others get no line in the journal. Or Discord said that the
    member is not there, who thus has none.
    """
    lines, left = town.records.journal(), set[Key]()
    everybody = {line.key for line in lines} | set(town.witness.given)
    for line in lines:
        if line.outcome == "done":
            left.discard(line.key)
        elif line.action == "take" and line.outcome in ("forbidden", "role_gone") and not line.requirement:
            is_rule_gone = line.note == _RULE_GONE
            left |= {key for key in everybody if key == line.key or (is_rule_gone and _same_role(key, line.key))}
    if not town.ways.members_intent:
        # One that the bot gave up is to it like one from somebody else: see `Witness.forgettable`.
        given_up = {key[:2] for key in left}
        left |= {key for key in town.witness.given if key[:2] in given_up}
    return left | town.witness.forgettable | {key for key in town.witness.given if key[:2] in town.witness.denied}


def _same_role(one: Key, other: Key) -> bool:
    return (one[0], one[2]) == (other[0], other[2])


def _contested(town: Town) -> set[Key]:
    """Roles that somebody else changed back so often that the bot gave up, or writes that did not stick."""
    return {key for key, flips in town.records.flips().items() if flips >= _CONTESTED}


def _named(key: Key) -> str:
    return f"role {key[2]} of user {key[1]} in server {key[0]}"
