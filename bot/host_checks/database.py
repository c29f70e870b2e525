"""Whether the database answers, fits this version, and has a bot at work on it."""

from collections.abc import Sequence

from bot.domain.errors import ConfigError, StoreBusyError
from bot.domain.markup import moment
from bot.services.doctor import CheckResult
from bot.services.doctor.results import bad, good, warning
from bot.services.housekeeping import LONGEST_SILENCE, Housekeeping
from bot.services.ports import Clock
from bot.store.migrations import MigrationState, newest, state


async def check_database(url: str) -> CheckResult:
    """Ask the database for its schema."""
    label = "Database"
    try:
        schema = await state(url)
    except (ConfigError, StoreBusyError) as error:
        return bad(label, str(error), "Check database.url, and that the database runs.")
    match schema:
        case MigrationState.CURRENT:
            return good(label, f"It answers, and its schema is the current one ({newest()}).")
        case MigrationState.EMPTY:
            return good(label, "It is empty; `holdfast run` sets it up.")
        case MigrationState.BEHIND:
            return bad(
                label,
                f"Its schema is older than this version, which needs {newest()}. The bot will not start.",
                "Make a backup, then run `holdfast migrate`.",
            )
        case MigrationState.AHEAD:
            return bad(
                label,
                "A newer version of Holdfast wrote it, so this version will not start.",
                "Install that version of Holdfast again, or restore a backup from before the upgrade.",
            )


async def check_sign_of_life(url: str, housekeeping: Housekeeping, clock: Clock) -> Sequence[CheckResult]:
    """Look when a bot was last at work on this database. Says nothing of a database that cannot be asked."""
    label = "The bot"
    try:
        if await state(url) is not MigrationState.CURRENT:
            return ()
        beat = await housekeeping.last_beat()
    except (ConfigError, StoreBusyError):
        return ()
    if beat is None:
        return (good(label, "It has not run on this database yet; `holdfast run` starts it."),)
    if clock.now() - beat <= LONGEST_SILENCE:
        return (good(label, f"It is at work: last seen {moment(beat)}."),)
    return (
        warning(
            label,
            f"It is not at work: last seen {moment(beat)}. No wallet is read and no role changes meanwhile.",
            "Start it with `holdfast run`, and see its log for why it ended.",
        ),
    )
