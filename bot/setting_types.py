"""What the sections of the settings are made of."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.durations import parse_duration
from bot.domain.errors import UserError


def duration(value: object) -> object:
    """Accept `6h` as well as a number of seconds, in the file and in the environment alike."""
    if isinstance(value, str):
        if value.strip().isdigit():
            return timedelta(seconds=int(value))
        try:
            return parse_duration(value)
        except UserError as error:
            raise ValueError(str(error)) from error
    return value


def listed(value: object) -> object:
    """Accept `a, b` for a list, as the environment can only hold text."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]


class Section(BaseModel):
    """A section: nothing unknown in it, and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True)
