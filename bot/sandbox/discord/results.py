"""What a user sees of the bot's answer, and what they can do with it next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from .clicking import Modal, show_modal
from .components import ComponentKind, walk
from .errors import NoAnswer, SandboxError
from .guild_changes import GuildChanges
from .interaction import AnswerKind, Choice, Interaction
from .invocation import Value
from .jsontypes import JsonObject, as_list, as_object, as_text
from .models import Attachment, Message, User
from .signals import Signal

SETTLE_WITHIN = 30.0


class Hands(Protocol):
    """What a user can do with a message or a modal."""

    async def press(self, user: User, message: Message, button: str) -> InteractionResult:
        """Press a button."""

    async def select(self, user: User, message: Message, select: str, values: Sequence[Value]) -> InteractionResult:
        """Choose in a select."""

    async def submit(
        self, interaction: Interaction, values: Mapping[str, Value | Sequence[Value]]
    ) -> InteractionResult:
        """Send a modal."""


def message_text(message: Message) -> str:
    """Everything that one can read in a message: content, embeds, text of components."""
    return "\n".join(part for part in _texts(message) if part)


def _texts(message: Message) -> Iterator[str]:
    yield message.content
    for embed in message.embeds:
        yield as_text(as_object(embed.get("author")).get("name"))
        yield as_text(embed.get("title"))
        yield as_text(embed.get("description"))
        for item in as_list(embed.get("fields")):
            one = as_object(item)
            yield f"{as_text(one.get('name'))}: {as_text(one.get('value'))}"
        yield as_text(as_object(embed.get("footer")).get("text"))
    for component in walk(message.components):
        if component.get("type") == ComponentKind.TEXT_DISPLAY:
            yield as_text(component.get("content"))


class InteractionResult:
    """The bot's answer, always as it is now: later edits and follow-ups appear in it."""

    def __init__(self, interaction: Interaction, hands: Hands, changed: Signal) -> None:
        self._interaction = interaction
        self._hands = hands
        self._changed = changed

    def __repr__(self) -> str:
        kind = "no answer" if self._interaction.answer is None else self._interaction.answer.name.lower()
        return f"<InteractionResult {kind}: {self.text[:200]!r}>"

    @property
    def kind(self) -> AnswerKind:
        """The first answer. Raises NoAnswer when there was none."""
        if self._interaction.answer is None:
            raise NoAnswer("the bot did not answer")
        return self._interaction.answer

    @property
    def user(self) -> User:
        """Who acted."""
        return self._interaction.user

    @property
    def guild(self) -> GuildChanges | None:
        """Where; None in direct messages."""
        return self._interaction.guild

    @property
    def has_message(self) -> bool:
        """Whether there is a message to see."""
        return self._interaction.original is not None

    @property
    def opened_modal(self) -> bool:
        """Whether the answer is a modal."""
        return self._interaction.modal is not None

    @property
    def is_settled(self) -> bool:
        """Whether nothing announced is open any more."""
        return self._interaction.settled

    @property
    def message(self) -> Message:
        """The message that answers. Raises SandboxError when the answer is none (a modal, suggestions)."""
        if self._interaction.original is None:
            raise SandboxError(f"the bot answered with {self.kind.name.lower()}, not with a message")
        return self._interaction.original

    @property
    def deferred(self) -> bool:
        """Whether the bot bought time first."""
        return self.kind in (AnswerKind.DEFERRED, AnswerKind.DEFERRED_UPDATE)

    @property
    def ephemeral(self) -> bool:
        """Whether only the user sees the answer."""
        return self.message.ephemeral

    @property
    def content(self) -> str:
        """The plain text of the answer."""
        return self.message.content

    @property
    def embeds(self) -> tuple[JsonObject, ...]:
        """The embeds of the answer."""
        return self.message.embeds

    @property
    def components(self) -> tuple[JsonObject, ...]:
        """The components of the answer."""
        return self.message.components

    @property
    def files(self) -> tuple[Attachment, ...]:
        """The files of the answer."""
        return self.message.attachments

    @property
    def edits(self) -> int:
        """How often the answer was edited; filling a deferral counts as one."""
        return len(self.message.edits)

    @property
    def followups(self) -> list[Message]:
        """Further messages of this interaction."""
        return self._interaction.followups

    @property
    def text(self) -> str:
        """Everything that one can read now: the answer, then the follow-ups."""
        original = self._interaction.original
        messages = ([] if original is None else [original]) + self._interaction.followups
        return "\n".join(message_text(message) for message in messages if not message.deleted)

    @property
    def modal(self) -> Modal:
        """The modal that opened. Raises SandboxError when none did."""
        if self._interaction.modal is None:
            raise SandboxError(f"the bot answered with {self.kind.name.lower()}, not with a modal: {self.text!r}")
        return show_modal(self._interaction.modal)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The suggestions of an autocompletion."""
        return self._interaction.choices

    async def settled(self, timeout: float = SETTLE_WITHIN) -> InteractionResult:
        """Wait until nothing announced is open any more: a deferral was followed by something to see.

        Raises NoAnswer after `timeout` seconds.
        """
        if not await self._changed.until(lambda: self._interaction.settled, timeout):
            raise NoAnswer(f"the bot deferred and showed nothing within {timeout:g} s")
        return self

    async def until(
        self, condition: Callable[[InteractionResult], bool], timeout: float = SETTLE_WITHIN
    ) -> InteractionResult:
        """Wait until the answer looks as wanted, as after progress messages. Raises NoAnswer after `timeout`."""
        if not await self._changed.until(lambda: condition(self), timeout):
            raise NoAnswer(f"not so within {timeout:g} s; the answer reads: {self.text!r}")
        return self

    async def press(self, button: str, *, by: User | None = None) -> InteractionResult:
        """Press a button of the answer (or of a follow-up), by label or custom id."""
        return await self._hands.press(by or self._interaction.user, self._with(button), button)

    async def select(self, select: str, values: Sequence[Value], *, by: User | None = None) -> InteractionResult:
        """Choose values in a select of the answer, found by placeholder or custom id."""
        return await self._hands.select(by or self._interaction.user, self._with(select), select, values)

    async def submit(self, values: Mapping[str, Value | Sequence[Value]]) -> InteractionResult:
        """Send the modal; fields by label or custom id, the others as they stand."""
        return await self._hands.submit(self._interaction, values)

    def _with(self, wanted: str) -> Message:
        """The message of this answer that has a component of this name, the newest first; else the answer."""
        for message in reversed(self._interaction.followups):
            names = [
                component.get(key)
                for component in walk(message.components)
                for key in ("label", "custom_id", "placeholder")
            ]
            if wanted in names and not message.deleted:
                return message
        return self.message
