"""A Discord on loopback: enough of REST v10 and of the gateway for an unmodified discord.py to live on.

    async with SandboxDiscord() as sandbox:
        alice = sandbox.add_user("alice")
        guild = sandbox.add_guild("Friends")
        guild.add_member(alice)
        ...  # log a bot in with sandbox.token at sandbox.api_base_url and sandbox.gateway_url
        answer = await guild.command(alice, "wallet list")

It is strict: what Discord would refuse is refused with Discord's error codes, and what a Discord client would not
let a user do raises SandboxError.
"""

from .clicking import Modal, ModalField
from .errors import DiscordError, NoAnswer, SandboxError
from .faults import MEMBER, MEMBER_ROLE, Fault, Faults
from .guild import Guild
from .interaction import AnswerKind, Choice
from .invocation import Value
from .models import (
    Attachment,
    AuditAction,
    AuditEntry,
    Channel,
    Member,
    Message,
    MessageFlag,
    Overwrite,
    Role,
    Upload,
    User,
)
from .permissions import Permission
from .ratelimits import Allowance, BucketRule, RateLimits
from .results import InteractionResult, message_text
from .server import SandboxDiscord
from .traffic import Exchange, Traffic

__all__ = [
    "MEMBER",
    "MEMBER_ROLE",
    "Allowance",
    "AnswerKind",
    "Attachment",
    "AuditAction",
    "AuditEntry",
    "BucketRule",
    "Channel",
    "Choice",
    "DiscordError",
    "Exchange",
    "Fault",
    "Faults",
    "Guild",
    "InteractionResult",
    "Member",
    "Message",
    "MessageFlag",
    "Modal",
    "ModalField",
    "NoAnswer",
    "Overwrite",
    "Permission",
    "RateLimits",
    "Role",
    "SandboxDiscord",
    "SandboxError",
    "Traffic",
    "Upload",
    "User",
    "Value",
    "message_text",
]
