"""Handing people all that is stored of them, as a file."""

import asyncio
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.privacy import PersonalData, Stored
from bot.services.ports import Clock, Store

FORMAT = "holdfast-personal-data"
VERSION = 1
LARGEST = 8 * 1024 * 1024
"""Bytes of a file: Discord takes 10 MiB in one answer."""
_ABOUT = (
    "All that this installation of Holdfast stores of you, by table. docs/privacy.md of the project says what each "
    "field is for and how long it is kept. Secrets are left out, and so are other people's ids."
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A person's data in a file."""

    name: str
    content: bytes
    counts: Mapping[str, int]
    """How many rows there are of each kind."""
    lacks_holdings: bool = False
    """There are so many NFTs that their list does not fit; all else is there."""


class PersonalDataExport:
    """The use case of `/privacy export`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, user_id: int) -> DataFile:
        """Put all that is stored of a person into a file."""
        made_at = self._clock.now().isoformat()
        async with self._store.unit() as unit:
            data = await unit.personal.of_user(user_id)
        return await asyncio.to_thread(file_of, user_id, made_at, data)


def file_of(user_id: int, made_at: str, data: PersonalData) -> DataFile:
    """Write a file that is not too large: packed if need be, and at the worst without the list of NFTs."""
    counts = {name: len(rows) for name, rows in data.items()}
    head: dict[str, Stored] = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": made_at,
        "user_id": str(user_id),
        "about": _ABOUT,
        "counts": counts,
    }
    name = f"holdfast-data-{user_id}.json"
    content = _json({**head, "data": dict(data)})
    if len(content) <= LARGEST:
        return DataFile(name, content, counts)
    packed = gzip.compress(content)
    if len(packed) <= LARGEST:
        return DataFile(f"{name}.gz", packed, counts)
    rest = {kind: rows for kind, rows in data.items() if kind != "holdings"}
    return DataFile(f"{name}.gz", gzip.compress(_json({**head, "data": rest})), counts, lacks_holdings=True)


def _json(document: Mapping[str, Stored]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2).encode()
