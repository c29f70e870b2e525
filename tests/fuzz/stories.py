"""What single stories are told with: one rule, one member with a wallet, a sweep."""

from datetime import timedelta

from tests.fuzz.admin_deeds import add_rule, remove_rule
from tests.fuzz.bench import INTERVAL
from tests.fuzz.requirements import FRIENDS, FRIENDS_ID
from tests.fuzz.town import Town

HOUR = timedelta(hours=1)


async def rule(town: Town, role: int, requirement: str = "friends >= 2", grace: timedelta = timedelta(0)) -> None:
    """Make a rule for a role, by its number."""
    server = town.servers[0]
    await add_rule(town, server, server.roles[role], requirement, grace)


async def end_rule(town: Town, role: int) -> None:
    """Remove a rule together with its roles."""
    server = town.servers[0]
    await remove_rule(town, server, server.roles[role], take=True)


def hold(town: Town, count: int) -> None:
    """Let the first wallet hold so many friends, and nothing else."""
    stand_in, address = town.balances.spacescan, town.wallets[0].address
    stand_in.set_holdings(address)
    for asset in FRIENDS[:count]:
        stand_in.give(address, asset, collection_id=FRIENDS_ID)
    town.set_truth()


async def link(town: Town) -> None:
    """Let the first member prove the first wallet."""
    await town.link(town.servers[0], town.users[0], town.wallets[0], onboard=True)


async def sweep(town: Town) -> None:
    """Read what is due, and bring members into line."""
    town.clock.advance(INTERVAL)
    await town.refresh_due()
    await town.reconcile_due()


def first_roles(town: Town) -> list[bool]:
    """Which of the roles the first member has."""
    guild = town.servers[0].guild
    return [role.id in guild.roles_of(town.users[0]) for role in town.servers[0].roles]
