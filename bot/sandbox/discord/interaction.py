"""One interaction: what the user did, and everything the bot made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from .guild_changes import GuildChanges
from .jsontypes import JsonObject
from .modals import ModalDraft
from .models import Channel, Message, User

FIRST_ANSWER_WITHIN = 3.0
"""Seconds that the bot has for its first answer."""
TOKEN_LIVES = 900.0
"""Seconds for which follow-ups and edits are possible after the first answer."""


class InteractionKind(IntEnum):
    """What the user did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class AnswerKind(IntEnum):
    """The bot's first answer."""

    MESSAGE = 4
    DEFERRED = 5
    """ "is thinking": the message comes later."""
    DEFERRED_UPDATE = 6
    """Nothing to see; the message with the component may be edited later."""
    UPDATE = 7
    """The message with the component was edited."""
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion for an option."""

    name: str
    value: str | int | float


@dataclass(slots=True, eq=False)
class Interaction:
    """The state of one interaction."""

    id: int
    token: str
    kind: InteractionKind
    user: User
    guild: GuildChanges | None
    channel: Channel
    created_at: float
    payload: JsonObject
    source: Message | None = None
    """The message whose component was used, also when a modal came from it."""
    answer: AnswerKind | None = None
    original: Message | None = None
    """What `@original` means: the answer, or the message that was updated."""
    followups: list[Message] = field(default_factory=list)
    modal: ModalDraft | None = None
    modal_closed: bool = False
    """Whether the modal was sent and answered; a client closes it then."""
    choices: tuple[Choice, ...] = ()
    updated: bool = False
    """Whether anything was shown after a deferral."""

    @property
    def settled(self) -> bool:
        """Whether the bot is done with what it announced: no deferral is open."""
        match self.answer:
            case None:
                return False
            case AnswerKind.DEFERRED | AnswerKind.DEFERRED_UPDATE:
                return self.updated or bool(self.followups)
            case _:
                return True
