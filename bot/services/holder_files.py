"""The files of `/holders export`: written piece by piece, never larger than Discord takes."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.domain.errors import UserError
from bot.domain.networks import Network
from bot.domain.verdicts import Verdict

MOST_BYTES: Final = 8 * 1024 * 1024
"""Bytes of a file that any server takes; Discord's own limit is 10 MiB with all that surrounds it."""
SCHEMA: Final = 1
"""The version of the JSON file's shape; it grows when a reader of the old shape would misread the new one."""
COLUMNS: Final = (
    "user_id",
    "role_since",
    "standing",
    "network",
    "wallet",
    "collection",
    "count",
    "evidence",
    "read_at",
    "source",
)
_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class FileFormat(StrEnum):
    """What the file looks like."""

    CSV = "csv"
    """One line for each member, wallet and collection."""
    JSON = "json"
    """One object, with a list of members."""


@dataclass(frozen=True, slots=True)
class CountedWallet:
    """What one wallet contributes to one collection that the rule names."""

    network: Network
    wallet: str
    """A pseudonym, or the address."""
    collection: str
    count: int
    is_current: bool
    """Whether the count is evidence now; otherwise it is what was last known, and the wallet cannot be read."""
    read_at: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A member who has the role from the bot."""

    user_id: int
    role_since: datetime
    standing: Verdict
    wallets: tuple[CountedWallet, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """What a file is about."""

    made_at: datetime
    guild_id: int
    role_id: int
    role_name: str
    requirement: str
    has_addresses: bool


@dataclass(frozen=True, slots=True)
class HolderFile:
    """A finished file."""

    name: str
    content: bytes
    holders: int

    @property
    def sha256(self) -> str:
        """The SHA-256 digest of the content, as `sha256sum` prints it."""
        return hashlib.sha256(self.content).hexdigest()


class HolderWriter(Protocol):
    """Writes one file. Blocking: call it in a thread."""

    def add(self, holders: Iterable[Holder]) -> None:
        """Append members. Raise `UserError` when the file becomes larger than Discord takes."""

    def finish(self) -> HolderFile:
        """Complete the file. Raise `UserError` as `add` does."""


def writer_for(kind: FileFormat, header: Header, most_bytes: int = MOST_BYTES) -> HolderWriter:
    """Begin a file."""
    return CsvWriter(header, most_bytes) if kind is FileFormat.CSV else JsonWriter(header, most_bytes)


class _BoundedBytes:
    """Bytes that are packed once they do not fit as they are, and refused once they do not fit packed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._plain = bytearray()
        self._packed: io.BytesIO | None = None
        self._packer: gzip.GzipFile | None = None

    def write(self, text: str) -> None:
        data = text.encode()
        if self._packer is None:
            self._plain += data
            if len(self._plain) <= self._most:
                return
            self._packed = io.BytesIO()
            self._packer = gzip.GzipFile(filename="", fileobj=self._packed, mode="wb", mtime=0)
            data, self._plain = bytes(self._plain), bytearray()
        self._packer.write(data)
        self._check()

    def finished(self) -> tuple[bytes, str]:
        """Return the content and what to append to the file's name."""
        if self._packed is None or self._packer is None:
            return bytes(self._plain), ""
        self._packer.close()
        self._check()
        return self._packed.getvalue(), ".gz"

    def _check(self) -> None:
        if self._packed is not None and self._packed.tell() > self._most:
            raise UserError(
                "This rule has so many holders that the file would be larger than Discord takes, even packed. Nothing "
                "was exported. Ask the host of this bot, who can read the database."
            )


class CsvWriter:
    """Writes CSV (RFC 4180) that a spreadsheet opens without taking any cell for a formula."""

    def __init__(self, header: Header, most_bytes: int) -> None:
        self._header = header
        self._bytes = _BoundedBytes(most_bytes)
        self._holders = 0
        self._write_rows([COLUMNS])

    def add(self, holders: Iterable[Holder]) -> None:
        """Append members: a line for each wallet and collection, and one for a member without any."""
        for holder in holders:
            self._holders += 1
            who = (str(holder.user_id), _time(holder.role_since), holder.standing.value)
            self._write_rows(
                [
                    (
                        *who,
                        counted.network.value,
                        counted.wallet,
                        counted.collection,
                        str(counted.count),
                        _evidence(counted),
                        _time(counted.read_at),
                        counted.source,
                    )
                    for counted in holder.wallets
                ]
                or [(*who, *[""] * (len(COLUMNS) - len(who)))]
            )

    def finish(self) -> HolderFile:
        """Complete the file."""
        content, suffix = self._bytes.finished()
        return HolderFile(_name(self._header, f"csv{suffix}"), content, self._holders)

    def _write_rows(self, rows: Iterable[Iterable[str]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
        self._bytes.write(text.getvalue())


class JsonWriter:
    """Writes one JSON object; each member is on a line of its own."""

    def __init__(self, header: Header, most_bytes: int) -> None:
        self._header = header
        self._bytes = _BoundedBytes(most_bytes)
        self._holders = 0
        head = {
            "schema": SCHEMA,
            "exported_at": _time(header.made_at),
            "server_id": str(header.guild_id),
            "role_id": str(header.role_id),
            "role": header.role_name,
            "requirement": header.requirement,
            "wallets": "addresses" if header.has_addresses else "pseudonyms",
        }
        self._bytes.write(f'{_json(head)[:-1]},"holders":[')

    def add(self, holders: Iterable[Holder]) -> None:
        """Append members."""
        for holder in holders:
            entry = {
                "user_id": str(holder.user_id),
                "role_since": _time(holder.role_since),
                "standing": holder.standing.value,
                "wallets": [
                    {
                        "network": counted.network.value,
                        "wallet": counted.wallet,
                        "collection": counted.collection,
                        "count": str(counted.count),
                        "evidence": _evidence(counted),
                        "read_at": _time(counted.read_at) or None,
                        "source": counted.source,
                    }
                    for counted in holder.wallets
                ],
            }
            self._bytes.write(("," if self._holders else "") + "\n" + _json(entry))
            self._holders += 1

    def finish(self) -> HolderFile:
        """Complete the file."""
        self._bytes.write("\n]}\n")
        content, suffix = self._bytes.finished()
        return HolderFile(_name(self._header, f"json{suffix}"), content, self._holders)


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell: https://owasp.org/www-community/attacks/CSV_Injection."""
    return f"'{cell}" if cell.startswith(_BEGINS_FORMULA) else cell


def _evidence(counted: CountedWallet) -> str:
    return "current" if counted.is_current else "unknown"


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _name(header: Header, ending: str) -> str:
    return f"holders-{header.role_id}-{header.made_at:%Y%m%d-%H%M%S}.{ending}"
