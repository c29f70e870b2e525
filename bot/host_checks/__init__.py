"""The doctor's checks of the installation: database, balance services, Discord settings, web settings."""

from collections.abc import Sequence

from bot.config import JobEngine, Settings
from bot.host_checks.balances import Balances
from bot.host_checks.database import check_database, check_sign_of_life
from bot.host_checks.web import check_port, check_web
from bot.host_checks.work import check_work
from bot.services.doctor import CheckResult, HostCheck
from bot.services.doctor.results import bad, good
from bot.services.housekeeping import Housekeeping
from bot.services.ports import Clock, Store
from bot.services.signs_of_life import SignsOfLife

__all__ = ["Balances", "host_checks", "work_checks"]


def host_checks(
    settings: Settings, housekeeping: Housekeeping, signs: SignsOfLife, clock: Clock
) -> Sequence[HostCheck]:
    """All checks of the installation but those of the balance services. None of them asks Discord."""
    url = settings.database.url.get_secret_value()

    async def discord() -> Sequence[CheckResult]:
        return [_check_token(settings)]

    async def database() -> Sequence[CheckResult]:
        return [await check_database(url)]

    async def life() -> Sequence[CheckResult]:
        return await check_sign_of_life(url, housekeeping, clock)

    async def web() -> Sequence[CheckResult]:
        return [check_web(settings.web)]

    async def port() -> Sequence[CheckResult]:
        return await check_port(settings.web, url, signs)

    return (discord, database, life, web, port)


def work_checks(settings: Settings, store: Store, signs: SignsOfLife, clock: Clock) -> Sequence[HostCheck]:
    """The checks of the work that processes share; none where each does its own."""
    if settings.jobs.engine is JobEngine.LOCAL:
        return ()

    async def work() -> Sequence[CheckResult]:
        return await check_work(store, signs, clock)

    return (work,)


def _check_token(settings: Settings) -> CheckResult:
    label = "Discord token"
    if not settings.discord.token.get_secret_value().strip():
        return bad(
            label,
            "No token is set.",
            "Copy it from your application's Bot page in Discord's developer portal into discord.token.",
        )
    return good(label, "A token is set.")
