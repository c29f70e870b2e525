"""Answers to interactions, and their follow-ups. The token in the path is the authorization."""

from __future__ import annotations

from bot.sandbox.discord.desk import Desk
from bot.sandbox.discord.interaction import AnswerKind, Interaction
from bot.sandbox.discord.jsontypes import Json
from bot.sandbox.discord.models import Message
from bot.sandbox.discord.payloads import message_payload
from bot.sandbox.discord.world import World

from .routing import NO_CONTENT, Call, Reply, Route


class InteractionRoutes:
    """`/interactions` and `/webhooks/{application id}/{interaction token}`."""

    def __init__(self, world: World, desk: Desk) -> None:
        self._world = world
        self._desk = desk

    def routes(self) -> list[Route]:
        """The routes of this topic."""
        hook = "/webhooks/{webhook_id}/{webhook_token}"
        found = [
            Route(
                "POST",
                "/interactions/{interaction_id}/{interaction_token}/callback",
                self._answer,
                needs_token=False,
            ),
            Route("POST", hook, self._follow_up, needs_token=False),
        ]
        for name in ("@original", "{message_id}"):
            one = f"{hook}/messages/{name}"
            found += [
                Route("GET", one, self._get, needs_token=False),
                Route("PATCH", one, self._edit, needs_token=False),
                Route("DELETE", one, self._delete, needs_token=False),
            ]
        return found

    def _payload(self, message: Message) -> dict[str, Json]:
        return message_payload(message, self._world.application_id)

    def _answer(self, call: Call) -> Reply:
        interaction = self._desk.answer(
            call.id("interaction_id"), call.params["interaction_token"], call.body, call.files
        )
        if not call.flag("with_response"):
            return NO_CONTENT
        return Reply(body=self._callback_payload(interaction))

    def _callback_payload(self, interaction: Interaction) -> dict[str, Json]:
        about: dict[str, Json] = {"id": str(interaction.id), "type": int(interaction.kind)}
        if interaction.guild is not None:
            about["guild_id"] = str(interaction.guild.id)
        about["channel_id"] = str(interaction.channel.id)
        message = interaction.original
        if message is not None:
            about["response_message_id"] = str(message.id)
            about["response_message_loading"] = message.loading
            about["response_message_ephemeral"] = message.ephemeral
        payload: dict[str, Json] = {"interaction": about}
        if message is not None and interaction.answer in (AnswerKind.MESSAGE, AnswerKind.UPDATE):
            payload["resource"] = {"type": int(interaction.answer), "message": self._payload(message)}
        return payload

    def _interaction(self, call: Call) -> Interaction:
        return self._desk.by_token(call.id("webhook_id"), call.params["webhook_token"])

    def _message(self, call: Call, interaction: Interaction) -> Message:
        return self._desk.find(interaction, call.params.get("message_id", "@original"))

    def _follow_up(self, call: Call) -> Reply:
        interaction = self._interaction(call)
        message = self._desk.follow_up(interaction, call.body, call.files)
        # Interaction webhooks always answer with the message; `wait` says so only for ordinary ones.
        return Reply(body=self._payload(message))

    def _get(self, call: Call) -> Reply:
        return Reply(body=self._payload(self._message(call, self._interaction(call))))

    def _edit(self, call: Call) -> Reply:
        interaction = self._interaction(call)
        message = self._message(call, interaction)
        self._desk.edit(interaction, message, call.body, call.files)
        return Reply(body=self._payload(message))

    def _delete(self, call: Call) -> Reply:
        interaction = self._interaction(call)
        self._desk.delete(interaction, self._message(call, interaction))
        return NO_CONTENT
