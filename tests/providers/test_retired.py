"""A retired provider says so, and takes nothing from anybody."""

from datetime import date

from bot.domain.networks import Network
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.retired import RetiredProvider
from tests.providers.support import CAROL


async def test_it_answers_unknown_with_the_date() -> None:
    provider = RetiredProvider("loopring", frozenset({Network.LOOPRING}), date(2026, 6, 28))
    reading = await provider.read(CAROL, fresh=True)
    assert isinstance(reading, Unknown)
    assert reading.reason is UnknownReason.RETIRED
    assert "loopring is retired since 2026-06-28" in reading.detail


async def test_the_date_need_not_be_known() -> None:
    reading = await RetiredProvider("loopring", frozenset({Network.LOOPRING})).read(CAROL)
    assert isinstance(reading, Unknown)
    assert reading.detail.startswith("loopring is retired;")
