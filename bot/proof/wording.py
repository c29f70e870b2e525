"""What both kinds of challenge say, in words that every wallet shows unchanged.

Only letters, digits, spaces and `.,:()_-` are used: that satisfies the EIP-4361 statement grammar, needs no quoting
on a command line, and leaves display names and server names, which their owners choose freely, out of the text.
"""

import re
from datetime import UTC, datetime

from bot.domain.challenges import NOBODY, ChallengeTerms, Purpose

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_USERNAME = re.compile(r"[a-z0-9_.]{1,32}")
_NONCE = re.compile(r"[0-9A-Za-z]{16,64}")
_REQUEST = {
    Purpose.LINK: "{purpose} this {network} wallet to Discord user {user} in server {guild}",
    Purpose.UNLINK: "{purpose} this {network} wallet from Discord user {user} in server {guild}",
}
_RELEASE = "{purpose} this {network} wallet from the Discord user who holds it"
CAUTION = "Free, gives no access to funds. If somebody sent you here: do not sign."
"""What keeps a signature from being talked out of somebody."""
YOUR_ADDRESS = "<your address>"
SOME_NONCE = "<32 characters of chance>"
WHEN_ASKED = "<when you sign>"
WHEN_EXPIRED = "<10 minutes later>"
"""What previews say where a part of the text is not known yet."""


def checked_host(host: str) -> str:
    """Return the host (with an optional port) that a text may name; raise `ValueError` for anything else."""
    if _HOST.fullmatch(host) is None:
        raise ValueError("a challenge can only name a plain host, such as verify.example.org or localhost:8080")
    return host


def request(terms: ChallengeTerms) -> str:
    """Say what the signature would do, for whom and where, in one clause. Terms for nobody name no Discord account.

    Discord user names are `[a-z0-9_.]`; any other name is left out, and the number stands alone.
    """
    if terms.user_id == NOBODY:
        return _RELEASE.format(purpose=terms.purpose.value, network=terms.network.label)
    user = f"with id {terms.user_id}"
    if _USERNAME.fullmatch(terms.username):
        user = f"{terms.username} (id {terms.user_id})"
    return _REQUEST[terms.purpose].format(
        purpose=terms.purpose.value, network=terms.network.label, user=user, guild=terms.guild_id
    )


def nonce(terms: ChallengeTerms) -> str:
    """Return the nonce; raise `ValueError` when it could not stand in an EIP-4361 text."""
    if _NONCE.fullmatch(terms.nonce) is None:
        raise ValueError("a nonce must be 16 to 64 letters and digits")
    return terms.nonce


def instant(moment: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second; raise `ValueError` for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("challenge times must be aware")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
