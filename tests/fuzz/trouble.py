"""What can go wrong around the bot: balance APIs, Discord, the database, the process itself."""

from collections.abc import Callable
from random import Random

from bot.sandbox.balances import Fault, FaultDetails
from bot.sandbox.discord import MEMBER, MEMBER_ROLE
from bot.sandbox.discord.faults import Fault as DiscordFault
from tests.fuzz.bench import LARGEST_BODY, TestWallet
from tests.fuzz.town import Server, Town

LIES = frozenset({Fault.EMPTY_LIE, Fault.STALE})
"""Well-formed answers that are not true. No client can tell, so they have tests of their own."""
_SLOW = frozenset({Fault.HANG, Fault.ENDLESS_PAGES})
"""These cost real time, so they come rarely."""
_FAULTS = tuple(fault for fault in Fault if fault not in LIES | _SLOW)
_DETAILS = {
    Fault.RATE_LIMITED: FaultDetails(retry_after="90"),
    Fault.OVERSIZE: FaultDetails(size=LARGEST_BODY + 1_000),
    Fault.TOTAL_LIES: FaultDetails(delta=-1),
    Fault.REDIRECT_AWAY: FaultDetails(location="http://127.0.0.1:9/"),
    Fault.RESULT_INFO: FaultDetails(code=101002),
    Fault.LEGACY_ERROR: FaultDetails(code=104001),
}


def trouble_with_a_balance_api(town: Town, rng: Random, wallet: TestWallet) -> str:
    """Let a wallet's balance API misbehave, for that one or all, once or until it is healed."""
    stand_in = town.balances.stand_in(wallet.address.network)
    times: int | None = 1
    if rng.random() < 0.02:
        fault = rng.choice(sorted(_SLOW))
    else:
        fault, times = rng.choice(_FAULTS), rng.choice([1, 2, 3, None])
    after = rng.choice([0, 0, 0, 1])
    only = wallet.address if rng.random() < 0.5 else None
    stand_in.fail(fault, times=times, wallet=only, after=after, details=_DETAILS.get(fault))
    return f"{stand_in.network} has {fault}, times {times}, after {after}, {'one wallet' if only else 'all'}"


def trouble_with_discord(town: Town, rng: Random) -> str:
    """Let Discord misbehave in one server."""
    server = rng.choice(town.servers)
    kind = rng.choice(_DISCORD)
    fault = kind(town, rng, server)
    return f"Discord: {kind.__name__.strip('_')}, times {fault.left}"


def trouble_with_the_database(town: Town, rng: Random) -> str:
    """Let the database refuse a unit of work soon."""
    units, at_commit = rng.randint(1, 12), rng.random() < 0.6
    town.tripwire.be_busy(units, at_commit=at_commit)
    return f"the database is busy in {units}, at {'commit' if at_commit else 'begin'}"


def trouble_with_the_process(town: Town, rng: Random) -> str:
    """Let the bot's process end soon."""
    units = rng.randint(1, 12)
    town.tripwire.end_process(units)
    return f"the process ends in {units}"


def _write(rng: Random) -> tuple[str, str]:
    return rng.choice([("PUT", MEMBER_ROLE), ("DELETE", MEMBER_ROLE), ("PATCH", MEMBER)])


def _refused(town: Town, rng: Random, server: Server) -> DiscordFault:
    town.refusing.add(server.guild.id)
    return town.discord.faults.fail(*_write(rng), 403, 50013, guild_id=server.guild.id)


def _unavailable(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.server_error(
        *_write(rng), 503, after=rng.random() < 0.5, times=rng.choice([1, 2, 4, None]), guild_id=server.guild.id
    )


def _dropped(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.drop(
        *_write(rng), after=rng.random() < 0.5, times=rng.choice([1, 2]), guild_id=server.guild.id
    )


def _banned_by_cloudflare(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.rate_limit(*_write(rng), via=False, times=rng.choice([1, 2]), guild_id=server.guild.id)


def _not_sticking(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.accept_without_applying(*_write(rng), guild_id=server.guild.id)


def _looks_fail(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.server_error(
        "GET", MEMBER, 503, times=rng.choice([1, 2, 4, None]), guild_id=server.guild.id
    )


def _looks_drop(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.drop("GET", MEMBER, times=2, guild_id=server.guild.id)


def _servers_fail(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.server_error(
        "GET", "/guilds/{guild_id}", 503, times=rng.choice([1, 2, 4]), guild_id=server.guild.id
    )


def _no_roles_shown(town: Town, rng: Random, server: Server) -> DiscordFault:
    """Only to somebody who has no role by hand: nobody could tell such a role from one that is missing."""
    guild_id = server.guild.id
    users = [user for user in town.users if not any(key[:2] == (guild_id, user.id) for key in town.by_hand)]
    user = rng.choice(users or town.users)
    return town.discord.faults.empty_roles(guild_id=guild_id, user_id=user.id, times=1 if users else 0)


_DISCORD: tuple[Callable[[Town, Random, Server], DiscordFault], ...] = (
    _refused,
    _unavailable,
    _unavailable,
    _dropped,
    _dropped,
    _banned_by_cloudflare,
    _not_sticking,
    _not_sticking,
    _looks_fail,
    _looks_drop,
    _servers_fail,
    _no_roles_shown,
)
