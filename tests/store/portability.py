"""Databases that are carried from one place to another, and the files that they are carried in."""

import gzip
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from bot.config import Settings, load_settings
from bot.domain.audits import AuditAction
from bot.store.engine import create_engine
from bot.store.models import HoldingRow
from bot.store.schema import METADATA
from tests.postgres import Database
from tests.store.filling import fill
from tests.store.samples import ALICE, GUILD, NOW

Rows = dict[str, list[tuple[object, ...]]]
NewDatabase = Callable[[Database], str]
EITHER = list(Database)


class SetClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


def settings_for(url: str) -> Settings:
    return load_settings(None, {"HOLDFAST_DATABASE__URL": url})


async def with_connection(url: str, work: Callable[[Connection], object]) -> None:
    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


async def rows_of(url: str) -> Rows:
    """All rows of all tables, as the program sees them."""
    rows: Rows = {}

    def look(connection: Connection) -> None:
        for table in METADATA.sorted_tables:
            query = select(table).order_by(*table.primary_key.columns)
            rows[table.name] = sorted((tuple(row) for row in connection.execute(query)), key=str)

    await with_connection(url, look)
    return rows


def fill_wildly(connection: Connection) -> None:
    """Rows that are hard to carry: every kind of text, amounts beyond all machine words, times to the microsecond."""
    fill(connection, ALICE, "mark")
    chance = random.Random(5)
    wallet_id = connection.scalars(select(HoldingRow.wallet_id)).first()
    for number in range(1_200):
        text = "".join(chance.choice("aé\n\"\\'\u2028🙂\x7f,;=\t 0") for _ in range(chance.randrange(40)))
        connection.execute(METADATA.tables["notes"].insert().values(name=f"note {number}", text=text))
        connection.execute(
            METADATA.tables["holdings"].insert(),
            {"wallet_id": wallet_id, "asset": f"a{number}", "collection": None, "amount": chance.randrange(1, 2**200)},
        )
        if number % 100 == 0:
            connection.execute(
                METADATA.tables["audit_lines"].insert(),
                {
                    "id": 1_000 + number,
                    "at": NOW + timedelta(microseconds=number),
                    "guild_id": GUILD,
                    "actor_id": None,
                    "action": chance.choice(list(AuditAction)),
                    "subject": text,
                    "before": "",
                    "after": "null",
                },
            )
    connection.execute(METADATA.tables["links"].update().values(evidence_signature=bytes(range(256))))


def unpacked(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines(keepends=True)


def pack(file: Path, *lines: bytes) -> None:
    file.write_bytes(gzip.compress(b"".join(lines)))


def hidden(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.name.startswith(".")]


def cut(file: Path, keep: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * keep)])


def parsed(file: Path) -> list[str]:
    """The lines of a backup but the last, which holds the checksum; rows of a table in any order."""
    return sorted(str(json.loads(line)) for line in unpacked(file)[:-1])
