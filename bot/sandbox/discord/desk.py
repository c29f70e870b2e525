"""Where the bot answers interactions. Source: Discord's "Receiving and Responding to Interactions" page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from itertools import takewhile

from .errors import (
    already_acknowledged,
    invalid_webhook_token,
    unknown_interaction,
    unknown_message,
    unknown_webhook,
)
from .forms import Form, Problems, refuse
from .guild_changes import GuildChanges
from .interaction import (
    FIRST_ANSWER_WITHIN,
    TOKEN_LIVES,
    AnswerKind,
    Choice,
    Interaction,
    InteractionKind,
)
from .jsontypes import Json, JsonObject
from .modals import read_modal
from .models import Channel, Message, MessageBody, MessageFlag, Upload, User
from .payloads import user_payload
from .posting import Draft, Pings, Posting
from .world import World

_MESSAGE_ANSWERS = {AnswerKind.MESSAGE, AnswerKind.DEFERRED, AnswerKind.MODAL}
_ALLOWED = {
    InteractionKind.COMMAND: _MESSAGE_ANSWERS,
    InteractionKind.COMPONENT: _MESSAGE_ANSWERS | {AnswerKind.DEFERRED_UPDATE, AnswerKind.UPDATE},
    InteractionKind.AUTOCOMPLETE: {AnswerKind.CHOICES},
    InteractionKind.MODAL_SUBMIT: {AnswerKind.MESSAGE, AnswerKind.DEFERRED},
}


class Desk:
    """Keeps the interactions and applies the bot's answers to them."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting
        self._by_token: dict[str, Interaction] = {}
        self.first_answer_within = FIRST_ANSWER_WITHIN
        self.token_lives = TOKEN_LIVES

    def begin(
        self,
        kind: InteractionKind,
        user: User,
        guild: GuildChanges | None,
        channel: Channel,
        source: Message | None = None,
    ) -> Interaction:
        """A new interaction with its id and token."""
        self._forget_expired()
        interaction = Interaction(
            self._world.ids.next(),
            secrets.token_urlsafe(48),
            kind,
            user,
            guild,
            channel,
            self._world.clock(),
            {},
            source,
        )
        self._by_token[interaction.token] = interaction
        return interaction

    def _forget_expired(self) -> None:
        oldest = self._world.clock() - 2 * self.token_lives
        # Tokens stand in the order of their making: the expired ones are in front.
        for token in [one.token for one in takewhile(lambda one: one.created_at < oldest, self._by_token.values())]:
            del self._by_token[token]

    # The first answer

    def answer(self, interaction_id: int, token: str, body: Json, files: Mapping[str, Upload]) -> Interaction:
        """Take the first answer.

        Raises DiscordError 10062 after three seconds or for a wrong token, 40060 when there is an answer already,
        50035 when the answer does not fit this interaction.
        """
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != interaction_id:
            raise unknown_interaction()
        if interaction.answer is not None:
            raise already_acknowledged()
        if self._world.clock() - interaction.created_at > self.first_answer_within:
            raise unknown_interaction()
        kind, data = self._read_answer(interaction, body)
        match kind:
            case AnswerKind.CHOICES:
                interaction.choices = _read_choices(data)
            case AnswerKind.MODAL:
                problems = Problems()
                modal = read_modal(Form(data, problems, ("data",)))
                problems.raise_if_any()
                interaction.modal = modal
            case AnswerKind.MESSAGE:
                self._show_original(interaction, self._draft(interaction, data, files, ("data",)), data)
            case AnswerKind.DEFERRED:
                draft = Draft(MessageBody(), 0, Pings())
                self._show_original(interaction, draft, data, loading=True)
            case AnswerKind.DEFERRED_UPDATE:
                interaction.original = interaction.source
            case AnswerKind.UPDATE:
                interaction.original = interaction.source
                if interaction.source is not None and data is not None:
                    self._edit(interaction, interaction.source, data, files, ("data",))
        interaction.answer = kind
        return interaction

    def _read_answer(self, interaction: Interaction, body: Json) -> tuple[AnswerKind, JsonObject | None]:
        problems = Problems()
        form = Form(body, problems)
        value = form.whole("type", required=True, choices=[1, *(int(kind) for kind in AnswerKind), 10, 12])
        data = form.form("data")
        problems.raise_if_any()
        allowed = set(_ALLOWED[interaction.kind])
        if interaction.kind is InteractionKind.MODAL_SUBMIT and interaction.source is not None:
            allowed |= {AnswerKind.DEFERRED_UPDATE, AnswerKind.UPDATE}
        kind = next((one for one in allowed if one == value), None)
        if kind is None:
            raise refuse(
                ("type",),
                "INTERACTION_CALLBACK_TYPE_INVALID",
                f"A {interaction.kind.name.lower()} interaction cannot be answered with type {value}",
            )
        if data is None and kind in (AnswerKind.MESSAGE, AnswerKind.MODAL, AnswerKind.CHOICES):
            raise refuse(("data",), "BASE_TYPE_REQUIRED", "This field is required")
        return kind, None if data is None else data.data

    def _draft(
        self,
        interaction: Interaction,
        data: Json,
        files: Mapping[str, Upload],
        path: tuple[str | int, ...] = (),
        before: Message | None = None,
    ) -> Draft:
        return self._posting.read(data, files, guild=interaction.guild, ephemeral=True, before=before, path=path)

    def _show_original(
        self, interaction: Interaction, draft: Draft, data: JsonObject | None, *, loading: bool = False
    ) -> None:
        flags = 0 if data is None else data.get("flags")
        ephemeral = isinstance(flags, int) and bool(flags & MessageFlag.EPHEMERAL)
        extra = (MessageFlag.LOADING if loading else 0) | (MessageFlag.EPHEMERAL if ephemeral else 0)
        message = self._post(interaction, draft, extra)
        message.kind = 20 if interaction.kind is InteractionKind.COMMAND else 0
        interaction.original = message

    def _post(self, interaction: Interaction, draft: Draft, extra_flags: int) -> Message:
        guild_id = None if interaction.guild is None else interaction.guild.id
        ephemeral = bool((draft.flags | extra_flags) & MessageFlag.EPHEMERAL)
        message = self._posting.new_message(
            draft,
            interaction.channel.id,
            guild_id,
            extra_flags=extra_flags,
            visible_to=interaction.user if ephemeral else None,
        )
        message.interaction = _metadata(interaction)
        if not ephemeral:
            interaction.channel.messages.append(message)
        return message

    # After the first answer

    def by_token(self, application_id: int, token: str) -> Interaction:
        """The interaction whose follow-ups go through this token.

        Raises DiscordError 10015 before the first answer (or for a wrong token), 50027 after fifteen minutes.
        """
        interaction = self._by_token.get(token)
        if application_id != self._world.application_id or interaction is None or interaction.answer is None:
            raise unknown_webhook()
        if self._world.clock() - interaction.created_at > self.token_lives:
            raise invalid_webhook_token()
        return interaction

    def follow_up(self, interaction: Interaction, body: Json, files: Mapping[str, Upload]) -> Message:
        """Post a follow-up. The first one after a deferral becomes the deferred answer, and keeps its visibility."""
        original = interaction.original
        if interaction.answer is AnswerKind.DEFERRED and original is not None and original.loading:
            self._edit(interaction, original, body, files)
            return original
        message = self._post(interaction, self._draft(interaction, body, files), 0)
        interaction.followups.append(message)
        return message

    def find(self, interaction: Interaction, message_id: str) -> Message:
        """A message of this interaction, `@original` included. Raises DiscordError 10008."""
        candidates = [interaction.original, *interaction.followups]
        for message in candidates:
            if message is None or message.deleted:
                continue
            if str(message.id) == message_id or (message_id == "@original" and message is interaction.original):
                return message
        raise unknown_message()

    def edit(self, interaction: Interaction, message: Message, body: Json, files: Mapping[str, Upload]) -> None:
        """Edit a message of this interaction."""
        self._edit(interaction, message, body, files)

    def _edit(
        self,
        interaction: Interaction,
        message: Message,
        body: Json,
        files: Mapping[str, Upload],
        path: tuple[str | int, ...] = (),
    ) -> None:
        self._posting.apply(message, self._draft(interaction, body, files, path, before=message))
        if message is interaction.original:
            interaction.updated = True

    def delete(self, interaction: Interaction, message: Message) -> None:
        """Delete a message of this interaction."""
        message.deleted = True
        if message is interaction.original:
            interaction.updated = True
        if message in interaction.channel.messages:
            interaction.channel.messages.remove(message)
            interaction.channel.deleted_messages.append(message)


def _read_choices(data: JsonObject | None) -> tuple[Choice, ...]:
    problems = Problems()
    found: list[Choice] = []
    for form in Form(data, problems, ("data",)).forms("choices", required=True, most=25) or []:
        name = form.text("name", required=True, shortest=1, longest=100)
        value = form.data.get("value")
        if isinstance(value, str):
            form.text("value", longest=100)
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            form.problem("value", "BASE_TYPE_REQUIRED", "This field is required")
            continue
        found.append(Choice(name or "", value))
    problems.raise_if_any()
    return tuple(found)


def _metadata(interaction: Interaction) -> JsonObject:
    owners: dict[str, Json] = {} if interaction.guild is None else {"0": str(interaction.guild.id)}
    metadata: dict[str, Json] = {
        "id": str(interaction.id),
        "type": int(interaction.kind),
        "user": user_payload(interaction.user),
        "authorizing_integration_owners": owners,
    }
    if interaction.kind is InteractionKind.COMPONENT and interaction.source is not None:
        metadata["interacted_message_id"] = str(interaction.source.id)
    if interaction.kind is InteractionKind.MODAL_SUBMIT:
        metadata["triggering_interaction_metadata"] = {
            "id": str(interaction.id),
            "type": int(InteractionKind.COMMAND),
            "user": user_payload(interaction.user),
            "authorizing_integration_owners": owners,
        }
    return metadata
