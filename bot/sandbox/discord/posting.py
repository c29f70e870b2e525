"""Turns the body of a message request into a message, new or edited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .components import read_components
from .embeds import read_embeds
from .errors import empty_message, request_too_large
from .forms import Form, Problems
from .guild_state import GuildState
from .jsontypes import Json
from .models import Attachment, Channel, Message, MessageBody, MessageFlag, Upload, User
from .world import World

MAX_CONTENT = 2000
MAX_NONCE = 25
NONCE_SECONDS = 180
"""How long a nonce is enforced. Discord says "the past few minutes"."""
MAX_FILES = 10
MAX_UPLOAD = 10 * 1024 * 1024
"""Bytes of all files of one request together, in a server without boosts."""
_SETTABLE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")


@dataclass(frozen=True, slots=True)
class Pings:
    """Whom a message notifies, after `allowed_mentions`."""

    users: tuple[User, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A message body that passed the checks. `flags` are the ones the bot may set."""

    body: MessageBody
    flags: int
    pings: Pings
    reply_to: int | None = None
    nonce: str | None = None
    enforce_nonce: bool = False


class Posting:
    """Reads message bodies."""

    def __init__(self, world: World) -> None:
        self._world = world

    def read(
        self,
        body: Json,
        files: Mapping[str, Upload],
        *,
        guild: GuildState | None,
        ephemeral: bool = False,
        before: Message | None = None,
        problems: Problems | None = None,
        path: tuple[str | int, ...] = (),
    ) -> Draft:
        """Read a message, or with `before` an edit of one: what the edit does not name stays.

        Raises DiscordError 50035 for what is wrong, 50006 when nothing would be left to show.
        """
        problems = Problems() if problems is None else problems
        form = Form({} if body is None else body, problems, path)
        flags = form.whole("flags", least=0) or 0
        settable = _SETTABLE | MessageFlag.EPHEMERAL if ephemeral else _SETTABLE
        was_v2 = before is not None and bool(before.flags & MessageFlag.COMPONENTS_V2)
        v2 = was_v2 or bool(flags & MessageFlag.COMPONENTS_V2)
        old = MessageBody() if before is None else before.body
        content = (form.text("content", longest=MAX_CONTENT) or "") if form.has("content") else old.content
        embeds = read_embeds(form) if form.has("embeds") else old.embeds
        components = read_components(form, v2=v2) if form.has("components") else old.components
        attachments = self._attachments(form, files, old)
        if v2 and (content or embeds):
            form.problem(
                "content" if content else "embeds",
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )
        reference = form.form("message_reference")
        reply_to = None if reference is None else reference.snowflake("message_id")
        nonce, enforced = self._nonce(form)
        pings = self._pings(form, content, guild)
        problems.raise_if_any()
        read = MessageBody(content, embeds, components, attachments)
        if read.is_empty:
            raise empty_message()
        kept_flags = (flags & settable) | (MessageFlag.COMPONENTS_V2 if v2 else 0)
        return Draft(read, kept_flags, pings, reply_to, nonce, enforced)

    def posted_before(self, draft: Draft, channel: Channel) -> Message | None:
        """The message that was just posted with the same enforced nonce: Discord answers with it, and posts nothing."""
        if draft.nonce is None or not draft.enforce_nonce:
            return None
        since = self._world.clock() - NONCE_SECONDS
        bot = self._world.bot
        for message in reversed(channel.messages):
            if message.nonce == draft.nonce and message.author is bot and message.created_at >= since:
                return message
        return None

    def _nonce(self, form: Form) -> tuple[str | None, bool]:
        given = form.data.get("nonce")
        is_number = isinstance(given, int) and not isinstance(given, bool)
        nonce = str(given) if is_number else form.text("nonce", longest=MAX_NONCE)
        return nonce, bool(form.flag("enforce_nonce"))

    def _attachments(self, form: Form, files: Mapping[str, Upload], old: MessageBody) -> tuple[Attachment, ...]:
        if len(files) > MAX_FILES:
            form.problem("files", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_FILES} or fewer in length.")
        if sum(len(file.data) for file in files.values()) > MAX_UPLOAD:
            raise request_too_large()
        named = form.forms("attachments", most=MAX_FILES)
        kept: list[Attachment] = list(old.attachments) if named is None else []
        descriptions: dict[str, str | None] = {}
        for one in named or []:
            attachment_id = one.snowflake("id", required=True)
            known = next((a for a in old.attachments if a.id == attachment_id), None)
            if known is not None:
                kept.append(known)
            elif f"files[{attachment_id}]" in files:
                descriptions[f"files[{attachment_id}]"] = one.text("description", longest=1024)
            else:
                one.problem("id", "ATTACHMENT_NOT_FOUND", "There is no file for this attachment")
        new = [self.attach(file, descriptions.get(part)) for part, file in files.items()]
        return (*kept, *new)

    def attach(self, file: Upload, description: str | None = None) -> Attachment:
        """Keep a file, and give it the URL at which it is served."""
        attachment_id = self._world.ids.next()
        url = f"{self._world.public_url}/attachments/{attachment_id}/{file.filename}"
        attachment = Attachment(attachment_id, file, url, description)
        self._world.attachments[attachment_id] = attachment
        return attachment

    def _pings(self, form: Form, content: str, guild: GuildState | None) -> Pings:
        users = [self._world.users[int(found)] for found in _USER.findall(content) if int(found) in self._world.users]
        known = {} if guild is None else guild.roles
        roles = [int(found) for found in _ROLE.findall(content) if int(found) in known]
        everyone = "@everyone" in content or "@here" in content
        allowed = form.form("allowed_mentions")
        if allowed is not None:
            parse = allowed.texts("parse")
            listed_users, listed_roles = allowed.snowflakes("users", most=100), allowed.snowflakes("roles", most=100)
            if parse is not None and "users" in parse and listed_users:
                allowed.problem("parse", "ALLOWED_MENTIONS_PARSE_EXCLUSIVE", 'parse:["users"] and users are exclusive')
            if "users" not in (parse or []):
                users = [user for user in users if user.id in (listed_users or [])]
            if "roles" not in (parse or []):
                roles = [role_id for role_id in roles if role_id in (listed_roles or [])]
            everyone = everyone and "everyone" in (parse or [])
        return Pings(tuple(dict.fromkeys(users)), tuple(dict.fromkeys(roles)), everyone)

    def new_message(
        self,
        draft: Draft,
        channel_id: int,
        guild_id: int | None,
        *,
        extra_flags: int = 0,
        visible_to: User | None = None,
    ) -> Message:
        """A message of the bot with this body."""
        return Message(
            self._world.ids.next(),
            channel_id,
            guild_id,
            self._world.bot,
            self._world.clock(),
            draft.body,
            int(draft.flags | extra_flags),
            mentions=draft.pings.users,
            mention_roles=draft.pings.roles,
            mentions_everyone=draft.pings.everyone,
            reply_to=draft.reply_to,
            visible_to=visible_to,
            nonce=draft.nonce,
        )

    def apply(self, message: Message, draft: Draft) -> None:
        """Edit a message. Who it pings stays, as an edit pings nobody."""
        message.edits.append(message.body)
        message.body = draft.body
        message.flags = int((message.flags | (draft.flags & MessageFlag.COMPONENTS_V2)) & ~MessageFlag.LOADING)
        message.edited_at = self._world.clock()
