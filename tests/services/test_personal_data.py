import gzip
import json
import secrets

import pytest

from bot.services import personal_data
from bot.services.personal_data import file_of

ROWS = [{"asset": secrets.token_hex(32), "amount": "1"} for _ in range(200)]
LINKS = [{"address": "0x12"}]


def test_a_small_file_is_plain_json() -> None:
    file = file_of(7, "2026-07-01", {"links": LINKS, "holdings": ROWS})
    assert file.name == "holdfast-data-7.json"
    document = json.loads(file.content)
    assert document["user_id"] == "7"
    assert document["counts"] == file.counts == {"links": 1, "holdings": 200}
    assert document["data"]["holdings"] == ROWS


def test_a_large_one_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_data, "LARGEST", 15_000)
    file = file_of(7, "2026-07-01", {"links": LINKS, "holdings": ROWS})
    assert file.name.endswith(".json.gz")
    assert json.loads(gzip.decompress(file.content))["data"]["holdings"] == ROWS
    assert not file.lacks_holdings


def test_one_that_is_too_large_even_so_lacks_the_list_of_nfts_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_data, "LARGEST", 2_000)
    file = file_of(7, "2026-07-01", {"links": LINKS, "holdings": ROWS})
    assert file.lacks_holdings
    assert len(file.content) <= 2_000
    document = json.loads(gzip.decompress(file.content))
    assert document["data"] == {"links": LINKS}
    assert document["counts"]["holdings"] == 200
