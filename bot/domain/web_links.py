"""Linking in a browser: the one-time link that leads there, the session behind it, and proofs that wait for a code.

Secrets are remembered as SHA-256 digests only, so that a copy of the database opens nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.domain.challenges import ProvenWallet
from bot.domain.links import Applicant


def digest_of(secret: str) -> str:
    """What is remembered of a secret with at least 128 bits of chance: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WebLink:
    """A link to the verify page, made for one member in one server and good for one browser."""

    digest: str
    who: Applicant
    locale: str
    """The member's Discord locale, e.g. `de` or `es-ES`."""
    created_at: datetime
    expires_at: datetime
    challenge_id: int | None = None
    """The challenge that was shown in Discord beside the link, for the page to hand out first."""
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebSession:
    """A browser that opened a link."""

    digest: str
    who: Applicant
    locale: str
    is_confirmed: bool
    """Whether it is known to be the member's own: by Discord log-in, or by a code that was typed into Discord."""
    began_at: datetime
    expires_at: datetime
    challenge_id: int | None = None
    """As in the link."""


@dataclass(frozen=True, slots=True)
class PendingProof:
    """A proof from a browser that is not known to be the member's: a code typed into Discord completes it."""

    id: int
    session: str
    """The session's digest."""
    who: Applicant
    proven: ProvenWallet
    code: str
    """The code's digest."""
    tries_left: int
    expires_at: datetime
