import csv
import gzip
import io
import json
from datetime import UTC, datetime

import pytest

from bot.domain.errors import UserError
from bot.domain.networks import Network
from bot.domain.verdicts import Verdict
from bot.services.holder_files import (
    COLUMNS,
    MOST_BYTES,
    CountedWallet,
    FileFormat,
    Header,
    Holder,
    HolderFile,
    writer_for,
)
from bot.views.answers import FILE_MAX

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
HEADER = Header(NOW, 1, 2, "Holder", "friends >= 2", has_addresses=False)


def holder(number: int, wallet: str = "w1", source: str = "spacescan") -> Holder:
    counted = CountedWallet(Network.CHIA_MAINNET, wallet, "friends", 2**70 + number, True, NOW, source)
    return Holder(number, NOW, Verdict.ENTITLED, (counted,))


def written(kind: FileFormat, *holders: Holder, most: int = MOST_BYTES) -> HolderFile:
    writer = writer_for(kind, HEADER, most)
    for one in holders:
        writer.add([one])
    return writer.finish()


def test_files_fit_into_an_answer() -> None:
    assert MOST_BYTES <= FILE_MAX


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_csv_begins_a_formula(begins: str) -> None:
    file = written(FileFormat.CSV, holder(1, wallet=f"{begins}cmd|' /C calc'!A0", source=f'{begins}"x",\n1'))
    for row in csv.reader(io.StringIO(file.content.decode(), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_a_csv_reads_back_as_it_was_meant() -> None:
    file = written(FileFormat.CSV, holder(1, source='odd, "source"\n'), Holder(2, NOW, Verdict.UNKNOWN, ()))
    head, first, second = csv.reader(io.StringIO(file.content.decode(), newline=""))
    assert tuple(head) == COLUMNS
    assert first[-1] == 'odd, "source"\n'
    assert first[6] == str(2**70 + 1)
    assert second == ["2", NOW.isoformat(), "unknown", *[""] * 7]
    assert file.holders == 2


def test_an_empty_json_is_json() -> None:
    document = json.loads(written(FileFormat.JSON).content)
    assert document["holders"] == []
    assert document["schema"] == 1


@pytest.mark.parametrize("kind", FileFormat)
def test_a_file_that_is_too_large_is_packed(kind: FileFormat) -> None:
    holders = [holder(number) for number in range(500)]
    plain, packed = written(kind, *holders), written(kind, *holders, most=20_000)
    assert plain.name.endswith(kind.value)
    assert packed.name == f"{plain.name}.gz"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) <= 20_000


@pytest.mark.parametrize("kind", FileFormat)
def test_a_file_that_is_too_large_even_packed_is_refused_soon(kind: FileFormat) -> None:
    with pytest.raises(UserError, match="Nothing was exported"):
        written(kind, *(holder(number) for number in range(5_000)), most=500)
