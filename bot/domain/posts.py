"""Posts of the bot in a server's channels."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a button stands out."""

    DO = "do"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class PostButton:
    """A button below a post. What a press does follows from its id alone (see `bot/views/ids.py`)."""

    id: str
    label: str
    weight: Weight
