"""`holdfast doctor` against a sandbox: the installation, every server, and no secret in what it prints."""

import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from datetime import timedelta

import pytest

from bot.config import load_settings
from bot.doctor import Report, examine
from bot.doctor import examining as doctor_examining
from bot.sandbox.balances import Fault
from bot.sandbox.discord import Permission
from bot.sandbox.wallets import ChiaTestWallet
from bot.services.doctor import CheckResult, CheckStatus
from tests.doctor.test_report import secret_keys
from tests.e2e.acting import LeapClock, Server, friend

ALICE = ChiaTestWallet.from_seed("alice")


async def examined(server: Server, clock: LeapClock, **more: str) -> Report:
    """Run `holdfast doctor` beside whatever runs on the stage."""
    environment: Mapping[str, str] = server.stage.environment
    return await examine(load_settings(None, {**environment, **more}), clock)


def host(report: Report) -> dict[str, CheckResult]:
    return {result.label: result for result in report.host}


def of(report: Report, server: Server) -> dict[str, CheckResult]:
    (findings,) = [findings for findings in report.servers if findings.guild_id == server.guild.id]
    return {result.label: result for result in findings.results}


async def holder(server: Server) -> None:
    """A server in which Alice has the role that its one rule gives."""
    alice, role = server.joined("alice"), server.role("Holder")
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.add_friends()
    await server.add_rule(role, "friends")
    server.hand(ALICE, friend(1))
    await server.link(alice, ALICE)
    await server.gives(alice, role)


async def test_a_server_in_order_has_nothing_bad(server: Server, clock: LeapClock) -> None:
    await holder(server)
    report = await examined(server, clock)
    found = of(report, server)
    assert {result.status for result in found.values()} == {CheckStatus.GOOD}
    assert set(found) == {"Permissions", "Role order", "Rule for “Holder”", "Log channel", "Members", "Last sweep"}
    assert not report.has_failures
    assert host(report)["Database"].status is CheckStatus.GOOD
    assert "last complete reading was" in host(report)["Balances on Chia"].reason


async def test_what_is_wrong_in_a_server_is_named_with_what_to_do(server: Server, clock: LeapClock) -> None:
    await holder(server)
    high, gone, paused = server.role("High"), server.role("Gone"), server.role("Paused")
    for role in (high, gone, paused):
        await server.add_rule(role, "friends")
    server.guild.move_role(high, 200)
    server.guild.delete_role(gone)
    await server.use(server.owner, "rule pause", role=paused)
    for target in (server.guild.everyone, server.guild.bot_role):
        server.guild.deny(server.log, target, Permission.SEND_MESSAGES)

    report = await examined(server, clock)
    found = of(report, server)

    assert report.has_failures
    assert "High" in found["Role order"].reason
    assert "does not exist any more" in found["Rule for “Gone”"].reason
    assert "paused by" in found["Rule for “Paused”"].reason
    assert "may not post" in found["Log channel"].reason
    for label in ("Role order", "Rule for “Gone”", "Rule for “Paused”", "Log channel"):
        assert found[label].fix, label


async def test_a_paused_server_is_told(server: Server, clock: LeapClock) -> None:
    await server.use(server.owner, "settings set", paused=True)
    assert "paused" in of(await examined(server, clock), server)["Pause"].reason


async def test_a_log_channel_that_is_gone_is_told_without_a_gateway(server: Server, clock: LeapClock) -> None:
    await server.use(server.owner, "settings set", log_channel=server.log)
    server.guild.delete_channel(server.log)
    found = of(await examined(server, clock), server)
    assert "does not exist any more" in found["Log channel"].reason


async def test_a_bot_without_the_permission_is_told_once(server: Server, clock: LeapClock) -> None:
    await holder(server)
    server.guild.edit_role(server.guild.bot_role, permissions=int(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES))
    found = of(await examined(server, clock), server)
    assert found["Permissions"].status is CheckStatus.BAD
    assert "Rule for “Holder”" not in found


async def test_frozen_members_are_counted_with_network_reason_and_since_when(server: Server, clock: LeapClock) -> None:
    await holder(server)
    server.balances_of(ALICE).fail(Fault.UNAVAILABLE, times=None)
    clock.leap(timedelta(minutes=2))
    await server.sweep()
    report = await examined(server, clock)
    frozen = of(report, server)["Frozen on Chia"]
    assert frozen.status is CheckStatus.WARNING
    assert frozen.reason.startswith("1 wallet of 1 member could not be read since <t:")
    assert "the balance service has a fault of its own" in frozen.reason
    assert host(report)["Balances on Chia"].status is CheckStatus.BAD


async def test_a_sweep_that_lags_behind_is_told(server: Server, clock: LeapClock) -> None:
    await holder(server)
    await server.stage.stop_bot()
    clock.leap(timedelta(days=1))
    found = of(await examined(server, clock), server)["Last sweep"]
    assert found.status is CheckStatus.BAD
    assert "1 of 1 are due, the first since" in found.reason


async def test_every_server_is_examined_those_with_rules_first(
    server: Server, clock: LeapClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [Server.opened(server.stage, f"Server {number}") for number in range(3)]
    await others[2].add_friends()
    await others[2].add_rule(others[2].role("Holder"), "friends")
    report = await examined(server, clock)
    assert [found.guild_id for found in report.servers] == [
        others[2].guild.id,
        server.guild.id,
        others[0].guild.id,
        others[1].guild.id,
    ]
    assert "There are no rules yet." in of(report, server)["Rules"].reason
    monkeypatch.setattr(doctor_examining, "MOST_EXAMINED", 1)
    report = await examined(server, clock)
    assert [found.guild_id for found in report.servers] == [others[2].guild.id]
    assert report.servers_left_out == 3


async def test_a_discord_that_does_not_answer_leaves_the_rest_examined(server: Server, clock: LeapClock) -> None:
    server.stage.discord.faults.server_error("*", "/users/@me/guilds", 503, times=None)
    report = await examined(server, clock)
    assert host(report)["Servers"].status is CheckStatus.BAD
    assert host(report)["Database"].status is CheckStatus.GOOD


async def test_a_refused_token_and_an_intent_that_is_off_are_told(server: Server, clock: LeapClock) -> None:
    refused = await examined(server, clock, HOLDFAST_DISCORD__TOKEN="wrong")
    assert "refused the token" in host(refused)["Discord log-in"].reason
    server.stage.discord.members_intent_allowed = False
    off = await examined(server, clock)
    assert host(off)["Intents"].status is CheckStatus.WARNING


async def test_the_log_ins_redirect_must_be_known_to_discord(server: Server, clock: LeapClock) -> None:
    log_in = {
        "HOLDFAST_WEB__ENABLED": "true",
        "HOLDFAST_WEB__PUBLIC_URL": "https://verify.example.org",
        "HOLDFAST_WEB__OAUTH_CLIENT_ID": server.stage.discord.oauth.client_id,
        "HOLDFAST_WEB__OAUTH_CLIENT_SECRET": server.stage.discord.oauth.client_secret,
    }
    missing = host(await examined(server, clock, **log_in))["Log-in redirect"]
    assert missing.status is CheckStatus.BAD
    assert "https://verify.example.org/oauth/callback" in missing.reason
    server.stage.discord.oauth.redirect_uris.add("https://verify.example.org/oauth/callback")
    assert host(await examined(server, clock, **log_in))["Log-in redirect"].status is CheckStatus.GOOD
    other = host(await examined(server, clock, **{**log_in, "HOLDFAST_WEB__OAUTH_CLIENT_ID": "1"}))["Log-in redirect"]
    assert "cannot be seen from here" in other.reason


async def test_a_quota_that_is_spent_or_soon_will_be_is_told(server: Server, clock: LeapClock) -> None:
    await holder(server)
    spent = await examined(server, clock, HOLDFAST_PROVIDERS__SPACESCAN__MONTHLY_QUOTA="1")
    assert host(spent)["Calls to spacescan"].status is CheckStatus.BAD
    plenty = await examined(server, clock, HOLDFAST_PROVIDERS__SPACESCAN__MONTHLY_QUOTA="1000000")
    assert host(plenty)["Calls to spacescan"].status is CheckStatus.GOOD
    assert "are left" in host(plenty)["Calls to spacescan"].reason


async def test_a_service_that_cannot_be_reached_is_told(server: Server, clock: LeapClock) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    report = await examined(server, clock, HOLDFAST_PROVIDERS__LOOPRING__BASE_URL=base)
    ways = [result for result in report.host if result.label == "Way to loopring"]
    assert CheckStatus.WARNING in {result.status for result in ways}


class TestThePort:
    async def test_that_another_program_holds_is_told(self, server: Server, clock: LeapClock) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = str(taken.getsockname()[1])
            report = await examined(server, clock, HOLDFAST_WEB__ENABLED="true", HOLDFAST_WEB__PORT=port)
        assert host(report)["Web port"].status is CheckStatus.BAD
        report = await examined(server, clock, HOLDFAST_WEB__ENABLED="true", HOLDFAST_WEB__PORT=port)
        assert "Nobody listens" in host(report)["Web port"].reason

    @pytest.fixture
    async def serving(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
        """The bot with its verify page; the page's port."""
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = str(free.getsockname()[1])
        monkeypatch.setattr(server.stage, "_overrides", {"HOLDFAST_WEB__ENABLED": "true", "HOLDFAST_WEB__PORT": port})
        await server.stage.restart_bot()
        yield port
        await server.stage.stop_bot()

    async def test_on_which_the_bot_serves_its_page_is_in_order(
        self, server: Server, clock: LeapClock, serving: str
    ) -> None:
        report = await examined(server, clock)
        assert f"answers on 127.0.0.1 port {serving}" in host(report)["Web port"].reason


async def test_nothing_that_is_printed_holds_a_secret_or_a_whole_address(server: Server, clock: LeapClock) -> None:
    await holder(server)
    secrets = {key: f"canary{number}secret" for number, key in enumerate(secret_keys())}
    given = {key: f"https://127.0.0.1:9/{secret}" if key.endswith("URL") else secret for key, secret in secrets.items()}
    del given["HOLDFAST_DATABASE__URL"], given["HOLDFAST_DISCORD__TOKEN"]
    given |= {
        "HOLDFAST_WEB__ENABLED": "true",
        "HOLDFAST_WEB__PUBLIC_URL": "https://verify.example.org",
        "HOLDFAST_WEB__OAUTH_CLIENT_ID": str(server.stage.discord.application_id),
    }
    whole = await examined(server, clock, **given)
    secrets["HOLDFAST_DISCORD__TOKEN"] = server.stage.discord.token
    broken = await examined(
        server,
        clock,
        **given,
        HOLDFAST_DISCORD__TOKEN=secrets["HOLDFAST_DISCORD__TOKEN"],
        HOLDFAST_DATABASE__URL=f"postgresql+psycopg://user:{secrets['HOLDFAST_DATABASE__URL']}@127.0.0.1:9/name",
    )
    assert host(whole)["Log-in redirect"].status is CheckStatus.BAD
    assert host(broken)["Database"].status is CheckStatus.BAD
    for report in (whole, broken):
        json.loads(report.as_json())
        for printed in (report.as_text(), report.as_json()):
            assert ALICE.address.text not in printed
            for key, secret in secrets.items():
                assert secret not in printed, key


class TestTheCanary:
    CANARY = ChiaTestWallet.from_seed("canary").address

    @pytest.fixture
    def settings(self) -> dict[str, str]:
        """Spacescan with a canary."""
        return {"HOLDFAST_PROVIDERS__SPACESCAN__CANARY": self.CANARY.text}

    async def test_is_looked_at_and_holds_something(self, server: Server, clock: LeapClock) -> None:
        server.stage.balances.spacescan.give(self.CANARY, friend(9))
        found = host(await examined(server, clock))["Canary on Chia"]
        assert found.status is CheckStatus.GOOD
        assert "known to hold" in found.reason
        assert server.stage.balances.spacescan.count(self.CANARY) == 1

    async def test_that_reads_as_empty_is_bad(self, server: Server, clock: LeapClock) -> None:
        report = await examined(server, clock)
        found = host(report)["Canary on Chia"]
        assert found.status is CheckStatus.BAD
        assert "none of its answers is believed" in found.reason
        assert self.CANARY.text not in report.as_text()

    async def test_that_cannot_be_read_is_worth_a_look(self, server: Server, clock: LeapClock) -> None:
        server.stage.balances.spacescan.fail(Fault.FORBIDDEN, times=None)
        assert host(await examined(server, clock))["Canary on Chia"].status is CheckStatus.WARNING
