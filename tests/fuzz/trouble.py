"""What can go wrong around the bot: balance APIs, Discord, the database, the process itself."""

from collections.abc import Callable
from random import Random

from bot.domain.networks import Network
from bot.sandbox.balances import Fault, FaultDetails
from bot.sandbox.discord import MEMBER, MEMBER_ROLE
from bot.sandbox.discord.faults import Fault as DiscordFault
from tests.fuzz.bench import LARGEST_BODY, TestWallet
from tests.fuzz.chance import happens
from tests.fuzz.requirements import POSTER, TICKET
from tests.fuzz.town import NETWORKS, Server, Town

LIES = frozenset({Fault.EMPTY_LIE, Fault.STALE})
"""Well-formed answers that are not true: see `lie_of_a_balance_api`."""
_SLOW = (Fault.HANG, Fault.ENDLESS_PAGES)
"""These cost real time, so they come rarely."""
_NOTHING_TO_READ = (
    Fault.MISSING_LIST,
    Fault.NULL_LIST,
    Fault.WRONG_TYPE,
    Fault.EMPTY_BODY,
    Fault.NO_CONTENT,
    Fault.NOT_FOUND,
    Fault.DOUBLE_KEY,
    Fault.STATUS_FAILED,
)
"""What a careless reader takes for an empty wallet, so these come more often than the rest."""
_FAULTS = tuple(fault for fault in Fault if fault not in LIES and fault not in _SLOW)
_DETAILS = {
    Fault.RATE_LIMITED: FaultDetails(retry_after="90"),
    Fault.OVERSIZE: FaultDetails(size=LARGEST_BODY + 1_000),
    Fault.TOTAL_LIES: FaultDetails(delta=1),  # a total that fits the pages that come would be a lie in good form
    Fault.REDIRECT_AWAY: FaultDetails(location="http://127.0.0.1:9/"),
    Fault.RESULT_INFO: FaultDetails(code=101002),
    Fault.LEGACY_ERROR: FaultDetails(code=104001),
}


def trouble_with_a_balance_api(town: Town, rng: Random, wallet: TestWallet) -> str:
    """Let a wallet's balance API misbehave, for that one or all, once or until it is healed."""
    stand_in = town.balances.stand_in(wallet.address.network)
    times: int | None = 1
    if wallet.address.network is Network.LOOPRING and happens(rng, 50):
        return _trouble_with_the_second_page(town, rng, wallet)
    if happens(rng, 2):
        fault = rng.choice(_SLOW)
    else:
        fault = rng.choice(_NOTHING_TO_READ if happens(rng, 60) else _FAULTS)
        times = rng.choice([1, 2, 3, None, None])
    after = rng.choice([0, 0, 1])
    only = None if happens(rng, 50) else wallet.address
    stand_in.fail(fault, times=times, wallet=only, after=after, details=_DETAILS.get(fault))
    return f"{stand_in.network} has {fault}, times {times}, after {after}, {only or 'all wallets'}"


def _trouble_with_the_second_page(town: Town, rng: Random, wallet: TestWallet) -> str:
    """Let what a careless reader takes for the end of a list come after its first page."""
    stand_in = town.balances.stand_in(wallet.address.network)
    for asset in (TICKET, POSTER):
        if all(held != asset for held, _, _ in town.bag(wallet)):
            stand_in.give(wallet.address, asset)
    town.set_truth()
    fault, times = rng.choice(_FAULTS), rng.choice([2, 4, None])
    stand_in.fail(fault, times=times, wallet=wallet.address, after=1, details=_DETAILS.get(fault))
    return f"{stand_in.network} has {fault} from the second page on, times {times}, {wallet.address}"


def lie_of_a_balance_api(town: Town, rng: Random) -> str:
    """Let a balance API answer in perfect form that nobody holds anything. The canary gives it away."""
    stand_in = town.balances.stand_in(rng.choice(NETWORKS))
    stand_in.fail(Fault.EMPTY_LIE)
    return f"{stand_in.network} says that nobody holds anything"


def trouble_with_discord(town: Town, rng: Random, server: Server) -> str:
    """Let Discord misbehave in one server."""
    kind = rng.choice(_DISCORD)
    fault = kind(town, rng, server)
    return f"Discord: {kind.__name__.strip('_')}, {fault.method} {fault.effect}, times {fault.left}"


def trouble_with_removals(town: Town, rng: Random, server: Server) -> str:
    """Let Discord refuse or lose what takes roles away in one server."""
    kind = rng.choice(_OF_WRITES)
    times = rng.choice([1, 2, 4])
    for method, route in (("DELETE", MEMBER_ROLE), ("PATCH", MEMBER)):
        kind(town, server, method, route, times)
    return f"Discord: {kind.__name__.strip('_')}, for removals, times {times}"


def trouble_with_the_database(town: Town, rng: Random) -> str:
    """Let the database refuse a unit of work soon."""
    units, at_begin = rng.randint(1, 12), happens(rng, 40)
    town.tripwire.be_busy(units, at_commit=not at_begin)
    return f"the database is busy in {units}, at {'begin' if at_begin else 'commit'}"


def trouble_with_the_process(town: Town, rng: Random) -> str:
    """Let the bot's process end soon."""
    units = rng.randint(1, 12)
    town.tripwire.end_process(units)
    return f"the process ends in {units}"


def _write(rng: Random) -> tuple[str, str]:
    return rng.choice([("PUT", MEMBER_ROLE), ("DELETE", MEMBER_ROLE), ("PATCH", MEMBER)])


def _refused(town: Town, rng: Random, server: Server) -> DiscordFault:
    return _refuse(town, server, *_write(rng), times=1)


def _refuse(town: Town, server: Server, method: str, route: str, times: int) -> DiscordFault:
    town.witness.refusals.add(server.guild.id)
    return town.discord.faults.fail(method, route, 403, 50013, guild_id=server.guild.id, times=times)


def _fail(town: Town, server: Server, method: str, route: str, times: int) -> DiscordFault:
    return town.discord.faults.server_error(method, route, 503, times=times, guild_id=server.guild.id)


def _drop(town: Town, server: Server, method: str, route: str, times: int) -> DiscordFault:
    return town.discord.faults.drop(method, route, times=2 * times, guild_id=server.guild.id)


def _pretend(town: Town, server: Server, method: str, route: str, times: int) -> DiscordFault:
    return town.discord.faults.accept_without_applying(method, route, times=min(times, 2), guild_id=server.guild.id)


_OF_WRITES = (_refuse, _fail, _drop, _pretend)


def _not_found_by_a_proxy(town: Town, rng: Random, server: Server) -> DiscordFault:
    """A 404 that does not say what it is that was not found."""
    method, route = rng.choice([_write(rng), ("GET", MEMBER)])
    return town.discord.faults.fail(method, route, 404, 0, guild_id=server.guild.id)


def _server_not_found(town: Town, rng: Random, server: Server) -> DiscordFault:
    method, route = rng.choice([_write(rng), ("GET", MEMBER)])
    return town.discord.faults.fail(method, route, 404, 10004, guild_id=server.guild.id)


def _member_not_found(town: Town, rng: Random, server: Server) -> DiscordFault:
    """Discord says of a member who is there that they are not. Nobody can tell, so it has given nothing."""
    user = rng.choice(town.users)
    town.witness.denied.add((server.guild.id, user.id))
    method, route = rng.choice([_write(rng), ("GET", MEMBER)])
    return town.discord.faults.fail(method, route, 404, 10007, guild_id=server.guild.id, user_id=user.id)


def _role_not_found(town: Town, rng: Random, server: Server) -> DiscordFault:
    """Discord says of a role that exists that it does not."""
    town.witness.refusals.add(server.guild.id)
    return town.discord.faults.fail(*_write(rng), 404, 10011, guild_id=server.guild.id)


def _unavailable(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.server_error(
        *_write(rng), 503, after=happens(rng, 50), times=rng.choice([1, 2, 4, None]), guild_id=server.guild.id
    )


def _dropped(town: Town, rng: Random, server: Server) -> DiscordFault:
    return town.discord.faults.drop(
        *_write(rng), after=happens(rng, 50), times=rng.choice([1, 2]), guild_id=server.guild.id
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
    user = rng.choice(town.users)
    return town.discord.faults.empty_roles(guild_id=server.guild.id, user_id=user.id)


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
    _not_found_by_a_proxy,
    _server_not_found,
    _member_not_found,
    _role_not_found,
)
