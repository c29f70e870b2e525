"""Complaints about bots that strip holders when it is their own database that fails."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from bot.store.links import SqlLinks
from bot.store.wallets import SqlWallets
from tests.complaints.conftest import Holding
from tests.e2e.acting import eventually
from tests.e2e.test_trouble import locked


async def test_own_database_error(alice: Holding) -> None:
    """The database is held by somebody else while wallets and members are due."""
    async with locked(alice.server):
        alice.clock.leap(timedelta(days=1))
        answer = await alice.server.use(alice.server.owner, "sweep now")
        assert "The database is busy" in answer.text
        answer = await alice.server.use(alice.user, "wallet refresh")
        assert "The database is busy" in answer.text
        assert alice.has_role
    await alice.a_day_passes()
    assert alice.has_role
    assert alice.role_writes == ["PUT"]
    await alice.sells_everything()


@pytest.mark.parametrize("when", ["links are loaded", "a reading is stored"])
async def test_own_database_error_in_the_middle(alice: Holding, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database fails between two statements: what was loaded until then is no ground for anything."""
    failed = 0

    async def fail(*_: object) -> None:
        nonlocal failed
        failed += 1
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    async def has_failed_often() -> bool:
        return failed >= 4

    alice.balances.set_holdings(alice.wallet.address, alice.balances.holdings(alice.wallet.address)[:1])
    alice.clock.leap(timedelta(days=1))
    with monkeypatch.context() as patch:
        if when == "links are loaded":
            patch.setattr(SqlLinks, "of_user", fail)
        else:
            patch.setattr(SqlWallets, "save_many", fail)
        await alice.server.use(alice.server.owner, "sweep now")
        await eventually(has_failed_often)
        assert alice.has_role
        assert alice.role_writes == ["PUT"]
    await alice.a_day_passes()
    await alice.server.takes(alice.user, alice.role)
