"""What the command line does besides running the bot."""

import asyncio
from datetime import timedelta
from typing import Final

from bot.app import Holdfast, client_options, wire
from bot.config import Settings
from bot.domain.errors import ConfigError
from bot.domain.privacy import AskedBy
from bot.gateway.client import HoldfastClient
from bot.invite import invite_link
from bot.process_work import this_machine
from bot.providers.clock import Clock
from bot.serve import bot_token, log_in, prepare_database
from bot.services.housekeeping import LONGEST_SILENCE, Housekeeping
from bot.services.signs_of_life import LONGEST_PROCESS_SILENCE, ProcessKind, SignsOfLife
from bot.store.engine import create_engine
from bot.store.migrations import MigrationState, state, upgrade
from bot.store.store import SqlStore
from bot.sweep_terminal import sweep_once

_POLL: Final = 0.5
"""Seconds between two looks whether the bot has finished something."""
_BEATS_WITHIN: Final = timedelta(seconds=45)
"""A bot that lives shows a heartbeat more often than that."""
_MOMENT: Final = f"{LONGEST_PROCESS_SILENCE.total_seconds():.0f} seconds"
_GOES_ON: Final = (
    "It goes on by itself while the bot runs, and with every further `holdfast forget`. Until it is finished, the "
    "person's wallets count nowhere."
)


async def migrate(settings: Settings) -> str:
    """Apply missing migrations; returns what to tell the host. Raises `ConfigError` for a newer database."""
    url = settings.database.url.get_secret_value()
    before = await state(url)
    await upgrade(url)
    if before is MigrationState.CURRENT:
        return "The database is up to date already."
    return "The database was set up." if before is MigrationState.EMPTY else "The database was migrated."


async def sweep(settings: Settings, clock: Clock, *, once: bool) -> int:
    """Sweep over REST, without the gateway. Returns the exit code, of a single sweep that of `sweep_once`."""
    token = bot_token(settings)
    await prepare_database(settings.database.url.get_secret_value())
    holdfast = wire(settings, clock, members_intent=settings.discord.members_intent)
    try:
        await log_in(holdfast.client, token, clock)
        if not once:
            holdfast.clockwork.start()
            await asyncio.Event().wait()
        return await sweep_once(holdfast)
    finally:
        await holdfast.close()


async def health(settings: Settings, clock: Clock, kind: ProcessKind | None = None) -> int:
    """Look for a recent sign of life in the database. Returns the exit code, 0 when there is one.

    Without a kind: of anybody who does the jobs. With one: of such a process on this machine, whatever others do.
    """
    if await state(settings.database.url.get_secret_value()) is not MigrationState.CURRENT:
        print("The bot is not at work: its database is not set up for this version.")
        return 1
    engine = create_engine(settings.database.url.get_secret_value())
    try:
        if kind is not None:
            return await _health_here(SignsOfLife(SqlStore(engine), clock), kind)
        beat = await Housekeeping(SqlStore(engine), clock).last_beat()
    finally:
        await engine.dispose()
    if beat is None or clock.now() - beat > LONGEST_SILENCE:
        print("The bot is not at work" + (f": last seen {beat.isoformat()}." if beat else "."))
        return 1
    print(f"The bot is at work: last seen {beat.isoformat()}.")
    return 0


async def _health_here(signs: SignsOfLife, kind: ProcessKind) -> int:
    here = [sign for sign in await signs.seen() if sign.process.kind is kind and sign.process.host == this_machine()]
    if not here:
        print(f"No `holdfast {kind}` is well on this machine: none was seen in the last {_MOMENT}.")
        return 1
    print(f"`holdfast {kind}` is well: last seen {max(sign.at for sign in here).isoformat()}.")
    return 0


async def forget(settings: Settings, clock: Clock, user_id: int, *, patience: timedelta) -> int:
    """Delete all that is stored of a person, after taking back their roles. Returns the exit code: 3 when it waits.

    A bot that is at work does it, as only one process at a time should write a member's roles. Without one it is done
    here. `patience` is how long to wait for the bot, or for Discord. Raises `ConfigError` without a token, if there are
    roles to take back; what was asked for is noted even then.
    """
    await prepare_database(settings.database.url.get_secret_value())
    holdfast = wire(settings, clock, members_intent=settings.discord.members_intent)
    forgetting = holdfast.services.privacy.forgetting
    try:
        if not await forgetting.is_known(user_id):
            print(f"Nothing is stored of user {user_id}.")
            return 0
        await forgetting.ask(user_id, AskedBy.HOST)
        if not await _left_to_the_bot(holdfast, clock, user_id, patience):
            async with holdfast.store.unit() as unit:
                needs_discord = len(await unit.ledger.of_user(user_id)) > 0
            if needs_discord and not await _logged_in(holdfast.client, bot_token(settings), clock, patience):
                print(f"Discord cannot be reached, so the deletion is noted and not finished yet. {_GOES_ON}")
                return 3
            await forgetting.go_on(user_id)
        async with holdfast.store.unit() as unit:
            deletion = await unit.deletions.get(user_id)
    finally:
        await holdfast.close()
    if deletion is None:
        print(f"All that was stored of user {user_id} is deleted.")
        return 0
    why = f", because {deletion.obstacle}" if deletion.obstacle else ""
    print(f"The deletion is noted and not finished yet{why}. {_GOES_ON}")
    return 3


async def _left_to_the_bot(holdfast: Holdfast, clock: Clock, user_id: int, patience: timedelta) -> bool:
    """Wait for a bot that is at work to finish a deletion. False when there is none after all."""
    until = clock.now() + patience
    while (beat := await holdfast.housekeeping.last_beat()) is not None and clock.now() - beat <= LONGEST_SILENCE:
        if not await holdfast.services.privacy.forgetting.is_pending(user_id):
            return True
        if clock.now() >= until:
            return clock.now() - beat <= _BEATS_WITHIN
        await clock.sleep(_POLL)
    return False


async def _logged_in(client: HoldfastClient, token: str, clock: Clock, patience: timedelta) -> bool:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            await log_in(client, token, clock)
    except TimeoutError:
        return False
    return True


async def invite(settings: Settings, clock: Clock) -> str:
    """Ask Discord which application the token belongs to, and build its invite link."""
    client = HoldfastClient(client_options(settings, members_intent=False))
    try:
        await log_in(client, bot_token(settings), clock)
        if client.application_id is None:
            raise ConfigError("Discord did not say which application the token belongs to. Try again.")
        return invite_link(client.application_id)
    finally:
        await client.close()
