"""Health and metrics."""

import re
from pathlib import Path

import pytest

from bot.app import wire
from bot.domain.errors import ConfigError, StoreBusyError
from bot.providers.clock import SystemClock
from bot.sandbox.wallets import ChiaTestWallet
from bot.serve import run_client
from bot.store.store import SqlStore
from bot.web.metrics import PrometheusMetrics
from tests.e2e.acting import friend
from tests.web.acting import Site, Visitor

ROOT = Path(__file__).parents[2]
DOCUMENTED = ROOT / "docs" / "reference" / "metrics.md"


def names(shown: str) -> set[str]:
    found = re.findall(r"^# TYPE (\w+) (?:counter|gauge)$", shown, re.MULTILINE)
    return {name for name in found if not name.endswith("_created")}


async def test_a_bot_at_work_is_alive_and_ready(visitor: Visitor) -> None:
    assert (await visitor.get("/healthz")).json == {"status": "alive"}
    ready = await visitor.get("/readyz")
    assert (ready.status, ready.json) == (200, {"status": "ready", "database": True, "discord": True})


async def test_without_its_database_it_is_alive_but_not_ready(
    site: Site, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: SqlStore) -> None:
        raise StoreBusyError("The database is away.")

    monkeypatch.setattr(SqlStore, "unit", away)
    assert (await visitor.get("/healthz")).status == 200
    ready = await visitor.get("/readyz")
    assert (ready.status, ready.json["database"]) == (503, False)
    assert (await visitor.get("/metrics")).status == 200
    busy = await visitor.get("/v/whatever", Accept="application/json")
    assert (busy.status, busy.code, busy.headers["Retry-After"]) == (503, "busy", "5")


async def test_the_metrics_tell_what_happened(site: Site, visitor: Visitor) -> None:
    server, wallet = site.server, ChiaTestWallet.from_seed("alice")
    alice, holder = server.joined("alice"), server.role("Holder")
    server.hand(wallet, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    await server.link(alice, wallet)
    await visitor.get("/no/such/page")

    shown = (await visitor.get("/metrics")).text

    for line in (
        'holdfast_challenges_total{outcome="issued",purpose="link",reason=""} 1.0',
        'holdfast_challenges_total{outcome="proven",purpose="link",reason=""} 1.0',
        'holdfast_readings_total{network="chia-mainnet",outcome="complete",reason=""} 1.0',
        'holdfast_role_writes_total{action="give",outcome="done"} 1.0',
        'holdfast_http_requests_total{route="none",status="404"} 1.0',
        'holdfast_web_links_total{outcome="made"} 1.0',
        "holdfast_discord_connected 1.0",
        "holdfast_wallets 1.0",
        "holdfast_roles_held 1.0",
    ):
        assert line in shown.splitlines(), line
    assert wallet.address.text not in shown
    assert str(alice.id) not in shown


def test_every_metric_is_documented() -> None:
    documented = set(re.findall(r"^\| `(holdfast_\w+)`", DOCUMENTED.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == names(PrometheusMetrics().render().decode())


async def test_a_port_that_is_taken_is_told_in_one_line(site: Site) -> None:
    stage = site.server.stage
    second = wire(stage.settings, SystemClock(), members_intent=True)
    with pytest.raises(ConfigError, match=r"cannot listen on 127\.0\.0\.1 port \d+ \(web\.host, web\.port\)"):
        await run_client(second, stage.discord.token, SystemClock())
