"""Everything that exists in the sandbox: the application, its portal settings, users, servers, direct messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .commands import CommandRegistry
from .errors import SandboxError, missing_access, unknown_channel
from .events import PRIVILEGED, Event, Intents
from .guild_changes import GuildChanges, Tools
from .ids import Clock, Snowflakes
from .models import Attachment, Channel, ChannelKind, User
from .signals import Signal


class EventBus:
    """Passes events on to whoever listens; lets servers be made before there is a gateway."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call this with every event from now on."""
        self._listeners.append(listener)

    def dispatch(self, event: Event) -> None:
        """Pass an event on."""
        for listener in self._listeners:
            listener(event)


@dataclass(slots=True)
class Portal:
    """What the application's owner has set in the developer portal."""

    members_intent_allowed: bool = True
    presences_intent_allowed: bool = False
    message_content_intent_allowed: bool = False
    public: bool = True
    shards: int = 1
    """The number of shards that `/gateway/bot` recommends."""
    identifies_left: int = 1000
    max_concurrency: int = 16

    def forbidden(self, intents: Intents) -> Intents:
        """The privileged intents among these that are not switched on."""
        allowed = Intents.NONE
        if self.members_intent_allowed:
            allowed |= Intents.GUILD_MEMBERS
        if self.presences_intent_allowed:
            allowed |= Intents.GUILD_PRESENCES
        if self.message_content_intent_allowed:
            allowed |= Intents.MESSAGE_CONTENT
        return intents & PRIVILEGED & ~allowed

    @property
    def application_flags(self) -> int:
        """GATEWAY_*_LIMITED flags of the application: what is on, for a bot in fewer than 100 servers."""
        flags = (
            (self.presences_intent_allowed, 1 << 13),
            (self.members_intent_allowed, 1 << 15),
            (self.message_content_intent_allowed, 1 << 19),
        )
        return sum(bit for on, bit in flags if on) | 1 << 23


class World:
    """All state of the sandbox but the running connections."""

    def __init__(self, token: str, clock: Clock, application_id: int | None, bot_name: str) -> None:
        self.token = token
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.bus = EventBus()
        self.portal = Portal()
        self.changed = Signal()
        """Notified after everything that the bot did."""
        self.users: dict[int, User] = {}
        self.guilds: dict[int, GuildChanges] = {}
        self.direct_messages: list[Channel] = []
        self.entered_messages: list[Channel] = []
        """Direct-message channels that a user opened to call a command, and not the bot."""
        """Direct-message channels that the bot opened."""
        self.attachments: dict[int, Attachment] = {}
        """Every file that was ever sent, by its id."""
        self.commands = CommandRegistry(self.ids)
        # A bot's account and its application share one id since 2016.
        self.application_id = self.ids.next() if application_id is None else application_id
        self.bot = User(self.application_id, bot_name, bot=True)
        self.users[self.bot.id] = self.bot
        self.owner = self.add_user("host")
        self.public_url = "http://127.0.0.1"
        """Where attachments are served; known when the server runs."""

    def add_user(self, name: str, user_id: int | None = None) -> User:
        """Make an account. Raises SandboxError when the id is taken."""
        chosen = self.ids.next() if user_id is None else user_id
        if chosen in self.users:
            raise SandboxError(f"user id {chosen} is taken")
        user = User(chosen, name)
        self.users[chosen] = user
        return user

    def tools(self) -> Tools:
        """What a new server needs."""
        return Tools(self.ids, self.clock, self.bus)

    def bot_guilds(self) -> list[GuildChanges]:
        """The servers that the bot is in."""
        return [guild for guild in self.guilds.values() if guild.has_bot]

    def open_dm(self, user: User) -> Channel:
        """The direct-message channel with a user, made when there is none."""
        for channel in self.direct_messages:
            if user in channel.recipients:
                return channel
        channel = Channel(self.ids.next(), "", kind=ChannelKind.DM, recipients=(user,))
        self.direct_messages.append(channel)
        return channel

    def enter_dm(self, user: User) -> Channel:
        """The direct-message channel in which a user acts by themselves."""
        for channel in (*self.direct_messages, *self.entered_messages):
            if user in channel.recipients:
                return channel
        channel = Channel(self.ids.next(), "", kind=ChannelKind.DM, recipients=(user,))
        self.entered_messages.append(channel)
        return channel

    def channel(self, channel_id: int) -> tuple[Channel, GuildChanges | None]:
        """A channel that the bot can know of, with its server.

        Raises DiscordError 10003 when there is none, 50001 when the bot is not in its server.
        """
        for channel in self.direct_messages:
            if channel.id == channel_id:
                return channel, None
        for guild in self.guilds.values():
            if channel_id in guild.channels:
                if not guild.has_bot:
                    raise missing_access()
                return guild.channels[channel_id], guild
        raise unknown_channel()
