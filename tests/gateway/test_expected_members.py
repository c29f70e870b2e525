"""Members whom a sweep is about to look up: asked for together, believed once, and not when anything newer is known."""

import pytest

from bot.domain.ledger import RoleOutcome
from bot.domain.members import MemberAbsent, MemberSnapshot, RoleChanges
from bot.domain.urgency import Urgency
from bot.gateway.expected_members import FEWEST
from bot.sandbox.discord import MEMBER, Role, User
from bot.sandbox.wallets import ChiaTestWallet
from bot.services.ports import DiscordGateway
from tests.e2e.acting import Server, eventually, friend


@pytest.fixture
async def gateway(server: Server) -> DiscordGateway:
    holdfast = server.stage.holdfast

    async def knows_the_server() -> bool:
        return holdfast.client.get_guild(server.guild.id) is not None

    await eventually(knows_the_server)
    return holdfast.gateway


@pytest.fixture
def people(server: Server) -> list[User]:
    return [server.joined(f"member {number}") for number in range(FEWEST)]


@pytest.fixture
def role(server: Server) -> Role:
    return server.role("Holder")


async def roles_of(gateway: DiscordGateway, server: Server, user: User, urgency: Urgency) -> frozenset[int]:
    found = await gateway.member(server.guild.id, user.id, urgency)
    assert isinstance(found, MemberSnapshot)
    return found.role_ids


async def test_they_cost_no_request_and_are_believed_once(
    gateway: DiscordGateway, server: Server, people: list[User], role: Role
) -> None:
    server.guild.give_role(people[0], role)
    await gateway.expect(server.guild.id, [user.id for user in people])
    assert await roles_of(gateway, server, people[0], Urgency.SWEEP) == {role.id}
    assert await roles_of(gateway, server, people[1], Urgency.SWEEP) == frozenset()
    assert server.stage.discord.traffic.to("GET", MEMBER) == []
    server.guild.take_role(people[0], role)
    assert await roles_of(gateway, server, people[0], Urgency.SWEEP) == frozenset()


async def test_for_a_person_discord_is_asked_anew(
    gateway: DiscordGateway, server: Server, people: list[User], role: Role
) -> None:
    await gateway.expect(server.guild.id, [user.id for user in people])
    server.guild.give_role(people[0], role)
    assert await roles_of(gateway, server, people[0], Urgency.PERSON) == {role.id}
    server.guild.take_role(people[0], role)
    assert await roles_of(gateway, server, people[0], Urgency.SWEEP) == frozenset(), (
        "what is older is not used any more"
    )


async def test_a_change_makes_what_was_known_worthless(
    gateway: DiscordGateway, server: Server, people: list[User], role: Role
) -> None:
    await gateway.expect(server.guild.id, [user.id for user in people])
    assert await gateway.give_role(server.guild.id, people[0].id, role.id, "why") is RoleOutcome.DONE
    assert await roles_of(gateway, server, people[0], Urgency.SWEEP) == {role.id}


async def test_only_a_clear_answer_says_that_somebody_is_gone(
    gateway: DiscordGateway, server: Server, people: list[User]
) -> None:
    server.guild.remove_member(people[0])
    await gateway.expect(server.guild.id, [user.id for user in people])
    assert isinstance(await gateway.member(server.guild.id, people[0].id, Urgency.SWEEP), MemberAbsent)
    assert len(server.stage.discord.traffic.to("GET", MEMBER)) == 1


async def test_a_few_are_not_worth_a_request_of_their_own(
    gateway: DiscordGateway, server: Server, people: list[User]
) -> None:
    await gateway.expect(server.guild.id, [people[0].id])
    await roles_of(gateway, server, people[0], Urgency.SWEEP)
    assert len(server.stage.discord.traffic.to("GET", MEMBER)) == 1


async def test_a_sweep_keeps_what_others_gave_since_it_looked(
    gateway: DiscordGateway, server: Server, people: list[User], role: Role
) -> None:
    gained, given, lost = server.role("Gained"), server.role("Given by an admin"), role
    server.guild.give_role(people[0], lost)
    await gateway.expect(server.guild.id, [user.id for user in people])
    seen = await gateway.member(server.guild.id, people[0].id, Urgency.SWEEP)
    assert isinstance(seen, MemberSnapshot)
    server.guild.give_role(people[0], given)
    changes = RoleChanges(give=frozenset({gained.id}), take=frozenset({lost.id}))
    outcome = await gateway.change_roles(server.guild.id, seen, changes, "why", Urgency.SWEEP)
    assert outcome is RoleOutcome.DONE
    assert server.guild.roles_of(people[0]) == {gained.id, given.id}


async def test_a_sweep_looks_members_up_together_and_never_meets_a_limit(server: Server) -> None:
    await server.add_friends("friends")
    people = [server.joined(f"holder {number}") for number in range(FEWEST)]
    for number, user in enumerate(people):
        wallet = ChiaTestWallet.from_seed(user.name)
        server.hand(wallet, friend(number + 1))
        await server.link(user, wallet)
    role = server.role("Friend of many")
    server.stage.discord.traffic.clear()
    await server.add_rule(role, "friends >= 1")
    for user in people:
        await server.gives(user, role)
    assert server.stage.discord.traffic.to("GET", MEMBER) == []
    assert server.stage.discord.rate_limits.limited == 0
