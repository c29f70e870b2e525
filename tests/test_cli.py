"""The command line as a host types it, in a process of its own."""

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain import chia_ids
from bot.sandbox.balances import Fault, SandboxBalances
from bot.sandbox.discord import SandboxDiscord
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from bot.store.migrations import MigrationState, downgrade, state

ROOT = Path(__file__).parents[1]
NFT = chia_ids.encode("nft", bytes(31) + b"\x01")
COLLECTION = chia_ids.encode("col", bytes(31) + b"\x02")


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def one_line(self) -> str:
        """What it says when it refuses to work: one human line, no traceback."""
        assert "Traceback" not in self.err
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert len(lines) == 1, self.err
        return lines[0]


@dataclass(frozen=True, slots=True)
class Terminal:
    """A folder to work in, with settings from the environment."""

    folder: Path
    environ: dict[str, str]

    async def type(self, *words: str, **environ: str) -> Finished:
        """Run `holdfast …`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *words,
            cwd=self.folder,
            env={**self.environ, **environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return Finished(process.returncode, out.decode(), err.decode())


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    return Terminal(tmp_path, {**ours, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"})


@pytest.fixture
async def balances() -> AsyncIterator[SandboxBalances]:
    async with SandboxBalances() as running:
        yield running


class TestSettings:
    async def test_running_without_a_token_says_what_to_set_and_where_to_get_it(self, terminal: Terminal) -> None:
        finished = await terminal.type("run")
        assert finished.code == 78
        assert "discord.token" in finished.one_line
        assert "discord.com/developers/applications" in finished.one_line

    async def test_an_unknown_key_is_named(self, terminal: Terminal) -> None:
        (terminal.folder / "config.toml").write_text("[sweep]\nintervall = '1h'\n", encoding="utf-8")
        finished = await terminal.type("run")
        assert finished.code == 78
        assert "sweep.intervall" in finished.one_line

    async def test_a_named_settings_file_must_be_there(self, terminal: Terminal) -> None:
        finished = await terminal.type("--config", "elsewhere.toml", "run")
        assert finished.code == 78
        assert "elsewhere.toml" in finished.one_line

    async def test_an_unsupported_database_is_refused_without_its_password(self, terminal: Terminal) -> None:
        url = "mysql://holdfast:s3cret@localhost/db"
        finished = await terminal.type("migrate", HOLDFAST_DATABASE__URL=url)
        assert finished.code == 78
        assert "postgresql+psycopg" in finished.one_line
        assert "s3cret" not in finished.one_line


class TestWorkers:
    @pytest.mark.parametrize("words", [("worker",), ("run", "--no-jobs")])
    async def test_they_need_jobs_that_can_be_shared(self, terminal: Terminal, words: tuple[str, ...]) -> None:
        finished = await terminal.type(*words, HOLDFAST_DISCORD__TOKEN="token")
        assert finished.code == 78
        assert "jobs.engine" in finished.one_line

    async def test_jobs_cannot_be_shared_through_sqlite(self, terminal: Terminal) -> None:
        finished = await terminal.type("worker", HOLDFAST_JOBS__ENGINE="procrastinate")
        assert finished.code == 78
        assert "PostgreSQL" in finished.one_line


class TestDatabase:
    async def test_migrating_twice_is_harmless(self, terminal: Terminal) -> None:
        assert "set up" in (await terminal.type("migrate")).out
        assert "up to date already" in (await terminal.type("migrate")).out

    async def test_a_database_of_an_older_version_waits_for_the_hosts_word(self, terminal: Terminal) -> None:
        url = f"sqlite+aiosqlite:///{terminal.folder / 'holdfast.db'}"
        await terminal.type("migrate")
        await downgrade(url, "0001")
        refused = await terminal.type("run", HOLDFAST_DISCORD__TOKEN="any")
        assert refused.code == 78
        assert "run `holdfast migrate`" in refused.one_line
        assert (await terminal.type("migrate")).code == 0
        assert await state(url) is MigrationState.CURRENT

    async def test_a_database_of_a_newer_version_is_left_alone(self, terminal: Terminal) -> None:
        await terminal.type("migrate")
        with closing(sqlite3.connect(terminal.folder / "holdfast.db")) as database, database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        for command in ("run", "migrate"):
            finished = await terminal.type(command, HOLDFAST_DISCORD__TOKEN="any")
            assert finished.code == 78
            assert "newer version" in finished.one_line


class TestBackups:
    async def test_a_backup_goes_out_and_comes_back(self, terminal: Terminal) -> None:
        await terminal.type("migrate")
        with closing(sqlite3.connect(terminal.folder / "holdfast.db")) as database, database:
            database.execute("INSERT INTO notes (name, text) VALUES ('a', 'note')")
        made = await terminal.type("backup", "one.backup")
        assert made.code == 0, made.err
        assert "1 row of 1 table" in made.out
        assert "as secret as the database" in made.out
        assert (terminal.folder / "one.backup").stat().st_mode & 0o777 == 0o600
        again = await terminal.type("backup", "one.backup")
        assert again.code == 1
        assert "--force" in again.one_line
        elsewhere = f"sqlite+aiosqlite:///{terminal.folder / 'other.db'}"
        restored = await terminal.type("restore", "one.backup", HOLDFAST_DATABASE__URL=elsewhere)
        assert restored.code == 0, restored.err
        with closing(sqlite3.connect(terminal.folder / "other.db")) as database:
            assert database.execute("SELECT text FROM notes").fetchall() == [("note",)]
        refused = await terminal.type("restore", "one.backup", HOLDFAST_DATABASE__URL=elsewhere)
        assert refused.code == 1
        assert "not empty" in refused.one_line

    async def test_what_is_no_backup_is_one_line(self, terminal: Terminal) -> None:
        (terminal.folder / "other").write_text("hello", encoding="utf-8")
        finished = await terminal.type("restore", "other")
        assert finished.code == 1
        assert "no backup" in finished.one_line


class TestDiscord:
    async def test_a_refused_token_is_one_line(self, terminal: Terminal) -> None:
        async with SandboxDiscord() as discord:
            finished = await terminal.type(
                "run", HOLDFAST_DISCORD__TOKEN="wrong", HOLDFAST_DISCORD__API_BASE_URL=discord.api_base_url
            )
        assert finished.code == 78
        assert "Discord refused the bot token" in finished.err.splitlines()[-1]
        assert "Traceback" not in finished.err

    async def test_the_invite_link_asks_for_the_least(self, terminal: Terminal) -> None:
        async with SandboxDiscord() as discord:
            finished = await terminal.type(
                "invite", HOLDFAST_DISCORD__TOKEN=discord.token, HOLDFAST_DISCORD__API_BASE_URL=discord.api_base_url
            )
            application = discord.application_id
        assert finished.code == 0
        assert f"client_id={application}" in finished.out
        manage_roles, view, send, embed = 1 << 28, 1 << 10, 1 << 11, 1 << 14
        assert f"permissions={manage_roles | view | send | embed}" in finished.out

    async def test_the_doctor_finds_what_is_wrong(self, terminal: Terminal) -> None:
        finished = await terminal.type("doctor", "--json")
        assert finished.code == 1
        checks = {check["label"]: check for check in json.loads(finished.out)["checks"]}
        assert checks["Discord token"]["status"] == "bad"
        assert checks["Discord token"]["fix"]
        assert checks["Database"]["status"] == "good"

    async def test_a_bot_that_never_ran_is_not_healthy(self, terminal: Terminal) -> None:
        await terminal.type("migrate")
        assert (await terminal.type("health")).code == 1


class TestCheck:
    def environ(self, balances: SandboxBalances) -> dict[str, str]:
        return {
            "HOLDFAST_PROVIDERS__SPACESCAN__BASE_URL": balances.spacescan.base_url,
            "HOLDFAST_PROVIDERS__LOOPRING__BASE_URL": balances.loopring.base_url,
        }

    async def test_a_complete_reading(self, terminal: Terminal, balances: SandboxBalances) -> None:
        wallet = ChiaTestWallet.from_seed("check")
        balances.spacescan.give(wallet.address, NFT, collection_id=COLLECTION)
        finished = await terminal.type("check", "chia-mainnet", wallet.address.text, "--json", **self.environ(balances))
        assert finished.code == 0
        reading = json.loads(finished.out)
        assert reading["status"] == "complete"
        assert reading["source"] == "spacescan"
        assert reading["address"] == wallet.address.text
        assert reading["observed_at"]
        assert reading["reason"] is None
        assert reading["holdings"] == [{"asset": NFT, "collection": COLLECTION, "amount": "1"}]

    async def test_a_reading_from_mintgarden_alone(self, terminal: Terminal, balances: SandboxBalances) -> None:
        wallet = ChiaTestWallet.from_seed("check")
        balances.mintgarden.give(wallet.address, NFT, collection_id=COLLECTION)
        finished = await terminal.type(
            "check",
            "chia-mainnet",
            wallet.address.text,
            "--json",
            HOLDFAST_PROVIDERS__SPACESCAN__ENABLED="false",
            HOLDFAST_PROVIDERS__MINTGARDEN__ENABLED="true",
            HOLDFAST_PROVIDERS__MINTGARDEN__BASE_URL=balances.mintgarden.base_url,
        )
        assert finished.code == 0
        reading = json.loads(finished.out)
        assert (reading["status"], reading["source"]) == ("complete", "mintgarden")
        assert reading["holdings"] == [{"asset": NFT, "collection": COLLECTION, "amount": "1"}]

    async def test_amounts_beyond_json_numbers_survive(self, terminal: Terminal, balances: SandboxBalances) -> None:
        wallet = EthereumTestWallet.from_seed("check")
        balances.loopring.give(wallet.address, "0x2a", amount=2**95)
        finished = await terminal.type("check", "loopring", wallet.address.text, "--json", **self.environ(balances))
        assert json.loads(finished.out)["holdings"][0]["amount"] == str(2**95)

    async def test_a_loopring_account_id(self, terminal: Terminal, balances: SandboxBalances) -> None:
        wallet = EthereumTestWallet.from_seed("check")
        balances.loopring.give(wallet.address, "0x2a", amount=3)
        number = str(balances.loopring.account_id(wallet.address))
        finished = await terminal.type("check", "loopring", number, "--json", **self.environ(balances))
        assert finished.code == 0
        assert json.loads(finished.out)["holdings"][0]["amount"] == "3"

    async def test_trouble_is_unknown_and_not_empty(self, terminal: Terminal, balances: SandboxBalances) -> None:
        balances.spacescan.fail(Fault.FORBIDDEN, times=None)
        wallet = ChiaTestWallet.from_seed("check")
        finished = await terminal.type("check", "chia-mainnet", wallet.address.text, "--json", **self.environ(balances))
        assert finished.code == 3
        reading = json.loads(finished.out)
        assert (reading["status"], reading["reason"], reading["holdings"]) == ("unknown", "auth", [])

    async def test_a_typo_is_invalid(self, terminal: Terminal) -> None:
        wallet = ChiaTestWallet.from_seed("check")
        finished = await terminal.type("check", "chia-mainnet", wallet.address.text[:-1] + "b", "--json")
        assert finished.code == 2
        reading = json.loads(finished.out)
        assert reading["status"] == "invalid"
        assert reading["reason"] == "address"

    async def test_a_retired_provider_answers_with_its_date(self, terminal: Terminal) -> None:
        wallet = EthereumTestWallet.from_seed("check")
        finished = await terminal.type(
            "check", "loopring", wallet.address.text, HOLDFAST_PROVIDERS__LOOPRING__RETIRED="2026-06-28"
        )
        assert finished.code == 3
        assert "retired since 2026-06-28" in finished.out


class TestForget:
    async def test_of_a_stranger_there_is_nothing_to_delete(self, terminal: Terminal) -> None:
        finished = await terminal.type("forget", "1300000000000000002")
        assert (finished.code, finished.out) == (0, "Nothing is stored of user 1300000000000000002.\n")

    @pytest.mark.parametrize("user_id", ["alice", "0", "-5", "9223372036854775808"])
    async def test_what_is_no_discord_id_is_refused(self, terminal: Terminal, user_id: str) -> None:
        finished = await terminal.type("forget", "--", user_id)
        assert finished.code == 2
        assert "Traceback" not in finished.err
