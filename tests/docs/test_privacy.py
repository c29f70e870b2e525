"""That the page about stored data has every field that there is, no other, and the truth about what becomes of them."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Table

from bot.config import load_settings
from bot.domain.durations import format_duration
from bot.store.personal import PLACES, TABLES_OF_LINKS, Fate
from bot.store.personal_records import table_of
from bot.store.schema import METADATA

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
TABLES = METADATA.sorted_tables


def parts() -> dict[str, str]:
    """What stands below the title of each table."""
    found = re.split(r"^### `([a-z_]+)`$", PAGE, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_every_table_has_its_part_and_no_other_has() -> None:
    assert sorted(parts()) == sorted(table.name for table in TABLES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_field_has_a_row_in_its_place_with_its_purpose(table: Table) -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", parts()[table.name], re.MULTILINE)
    assert [name for name, _ in rows] == [column.name for column in table.columns]
    assert all(len(purpose) > 2 for _, purpose in rows)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_becomes_of_a_person_is_said_as_it_is(table: Table) -> None:
    fates = {place.fate for place in PLACES if table_of(place.row) is table}
    said = parts()[table.name]
    if not fates and table.name not in TABLES_OF_LINKS:
        assert "Nobody is named" in said
    elif Fate.DELETED in fates or table.name == "wallets":
        assert re.search(r"[Dd]eleted with (you|the admin)|Goes with the data|and with you", said)
    elif fates:
        assert "Record." in said


def test_the_default_times_are_those_of_the_settings() -> None:
    privacy = load_settings(None, {}).privacy
    assert format_duration(privacy.retention) == "30d"
    assert "`privacy.retention`, 30 days" in PAGE
    assert format_duration(privacy.journal_retention) == "365d"
    assert "`privacy.journal_retention`, one year" in PAGE
