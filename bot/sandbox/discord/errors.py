"""What goes wrong: Discord's error answers, and misuse by the person who plays the user.

Codes: Discord's "Opcodes and Status Codes" page, section JSON Error Codes.
"""

from __future__ import annotations

from .jsontypes import JsonObject


class SandboxError(Exception):
    """A person (or a test) asked for what a Discord client would not let them do."""


class NoAnswer(SandboxError):  # noqa: N818 - it says what happened, and tests read better so
    """The bot did not answer an interaction in time: the user reads "The application did not respond"."""


class DiscordError(Exception):
    """An answer other than 2xx, with Discord's JSON error code."""

    def __init__(self, status: int, code: int, message: str, errors: JsonObject | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> JsonObject:
        """The JSON body of the answer."""
        if self.errors is None:
            return {"message": self.message, "code": self.code}
        return {"message": self.message, "code": self.code, "errors": self.errors}


def unauthorized() -> DiscordError:
    """401: no token, or a wrong one."""
    return DiscordError(401, 0, "401: Unauthorized")


def not_found() -> DiscordError:
    """404: no such route."""
    return DiscordError(404, 0, "404: Not Found")


def method_not_allowed() -> DiscordError:
    """405: the route has no such method."""
    return DiscordError(405, 0, "405: Method Not Allowed")


def unknown_application() -> DiscordError:
    """Unknown application."""
    return DiscordError(404, 10002, "Unknown Application")


def unknown_channel() -> DiscordError:
    """Unknown channel."""
    return DiscordError(404, 10003, "Unknown Channel")


def unknown_guild() -> DiscordError:
    """Unknown guild."""
    return DiscordError(404, 10004, "Unknown Guild")


def unknown_member() -> DiscordError:
    """Unknown member."""
    return DiscordError(404, 10007, "Unknown Member")


def unknown_message() -> DiscordError:
    """Unknown message."""
    return DiscordError(404, 10008, "Unknown Message")


def unknown_role() -> DiscordError:
    """Unknown role."""
    return DiscordError(404, 10011, "Unknown Role")


def unknown_user() -> DiscordError:
    """Unknown user."""
    return DiscordError(404, 10013, "Unknown User")


def unknown_webhook() -> DiscordError:
    """Unknown webhook."""
    return DiscordError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> DiscordError:
    """Unknown interaction."""
    return DiscordError(404, 10062, "Unknown interaction")


def unknown_command() -> DiscordError:
    """Unknown command."""
    return DiscordError(404, 10063, "Unknown application command")


def missing_access() -> DiscordError:
    """Missing access."""
    return DiscordError(403, 50001, "Missing Access")


def cannot_edit_others_message() -> DiscordError:
    """Cannot edit others message."""
    return DiscordError(403, 50005, "Cannot edit a message authored by another user")


def request_too_large() -> DiscordError:
    """Request entity too large."""
    return DiscordError(413, 40005, "Request entity too large")


def cannot_message_user() -> DiscordError:
    """The user takes no direct messages from the bot."""
    return DiscordError(403, 50007, "Cannot send messages to this user")


def empty_message() -> DiscordError:
    """Empty message."""
    return DiscordError(400, 50006, "Cannot send an empty message")


def missing_permissions() -> DiscordError:
    """Missing permissions."""
    return DiscordError(403, 50013, "Missing Permissions")


def invalid_webhook_token() -> DiscordError:
    """Invalid webhook token."""
    return DiscordError(401, 50027, "Invalid Webhook Token")


def invalid_role() -> DiscordError:
    """Invalid role."""
    return DiscordError(400, 50028, "Invalid Role")


def already_acknowledged() -> DiscordError:
    """Already acknowledged."""
    return DiscordError(400, 40060, "Interaction has already been acknowledged.")


def too_many_command_creates() -> DiscordError:
    """Too many command creates."""
    return DiscordError(400, 30034, "Max number of daily application command creates has been reached (200)")


def invalid_form(errors: JsonObject) -> DiscordError:
    """Invalid form."""
    return DiscordError(400, 50035, "Invalid Form Body", errors)


def not_json() -> DiscordError:
    """Not json."""
    return DiscordError(400, 50109, "The request body contains invalid JSON.")
