"""What a Discord consists of: users, roles, members, channels, messages. Plain state, changed by others."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from .jsontypes import Json, JsonObject


class ChannelKind(IntEnum):
    """Types of channel that the sandbox has."""

    TEXT = 0
    DM = 1


class MessageFlag(IntFlag):
    """Flags of a message that mean something here."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(slots=True, eq=False)
class User:
    """An account."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    mfa_enabled: bool = True
    takes_direct_messages: bool = True

    @property
    def mention(self) -> str:
        """The text that mentions it."""
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Role:
    """A role of a server. A higher position outranks a lower one; @everyone is position 0 and has the server's id."""

    id: int
    name: str
    position: int
    permissions: int = 0
    color: int = 0
    hoist: bool = False
    managed: bool = False
    mentionable: bool = False
    tags: dict[str, Json] | None = None


@dataclass(slots=True, eq=False)
class Member:
    """A user in a server. `role_ids` never contains @everyone."""

    user: User
    joined_at: float
    role_ids: set[int] = field(default_factory=set)
    nick: str | None = None
    pending: bool = False
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to one role or member."""

    allow: int = 0
    deny: int = 0
    for_member: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sends."""

    filename: str
    data: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that Discord keeps and serves at its URL."""

    id: int
    file: Upload
    url: str
    description: str | None = None

    @property
    def filename(self) -> str:
        """Its name."""
        return self.file.filename

    @property
    def data(self) -> bytes:
        """Its content."""
        return self.file.data


@dataclass(frozen=True, slots=True)
class MessageBody:
    """What a message says; each edit makes a new one."""

    content: str = ""
    embeds: tuple[JsonObject, ...] = ()
    components: tuple[JsonObject, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.content or self.embeds or self.components or self.attachments)


@dataclass(slots=True, eq=False)
class Message:
    """A message in a channel, or one that only the user of an interaction sees (ephemeral)."""

    id: int
    channel_id: int
    guild_id: int | None
    author: User
    created_at: float
    body: MessageBody
    flags: int = 0
    kind: int = 0
    edited_at: float | None = None
    edits: list[MessageBody] = field(default_factory=list)
    """The bodies that were replaced, oldest first."""
    deleted: bool = False
    mentions: tuple[User, ...] = ()
    """The users it really pings."""
    mention_roles: tuple[int, ...] = ()
    mentions_everyone: bool = False
    reply_to: int | None = None
    visible_to: User | None = None
    """The only user that sees it, when ephemeral."""
    interaction: JsonObject | None = None
    """`interaction_metadata` of an answer to an interaction."""
    nonce: str | None = None
    """What its sender told it by."""

    @property
    def content(self) -> str:
        """The plain text."""
        return self.body.content

    @property
    def embeds(self) -> tuple[JsonObject, ...]:
        """The embeds, as the API writes them."""
        return self.body.embeds

    @property
    def components(self) -> tuple[JsonObject, ...]:
        """The components, as the API writes them."""
        return self.body.components

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files."""
        return self.body.attachments

    @property
    def ephemeral(self) -> bool:
        """Whether only one user sees it."""
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still shows "is thinking"."""
        return bool(self.flags & MessageFlag.LOADING)


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel of a server, or a direct-message channel."""

    id: int
    name: str
    guild_id: int | None = None
    kind: ChannelKind = ChannelKind.TEXT
    position: int = 0
    topic: str | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    """By role or user id."""
    recipients: tuple[User, ...] = ()
    messages: list[Message] = field(default_factory=list)
    """What stands in the channel now, oldest first."""
    deleted_messages: list[Message] = field(default_factory=list)

    @property
    def mention(self) -> str:
        """The text that mentions it."""
        return f"<#{self.id}>"

    def find_message(self, message_id: int) -> Message | None:
        """The message with this id, when it still stands here."""
        return next((message for message in self.messages if message.id == message_id), None)


class AuditAction(IntEnum):
    """Kinds of audit log entry that the sandbox writes. Source: Discord's "Audit Logs Resource" page."""

    GUILD_UPDATE = 1
    CHANNEL_CREATE = 10
    CHANNEL_UPDATE = 11
    CHANNEL_DELETE = 12
    MEMBER_KICK = 20
    MEMBER_UPDATE = 24
    MEMBER_ROLE_UPDATE = 25
    BOT_ADD = 28
    ROLE_CREATE = 30
    ROLE_UPDATE = 31
    ROLE_DELETE = 32
    MESSAGE_DELETE = 72


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of a server's audit log."""

    id: int
    actor: User
    action: AuditAction
    target_id: int | None
    at: float
    reason: str | None = None
    added_roles: tuple[int, ...] = ()
    removed_roles: tuple[int, ...] = ()
    changes: tuple[JsonObject, ...] = ()
