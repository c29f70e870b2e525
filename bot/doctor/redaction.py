"""Taking out of a text what nobody but the host may see, before the host shows it to somebody."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

_REDACTED: Final = "[redacted]"
_SHORTEST: Final = 4
"""What is shorter is no secret, and would be found all over the text."""
_WALLET: Final = re.compile(r"\b(?:(?:xch|txch|did:chia:)1[02-9ac-hj-np-z]{20,}|0x[0-9a-fA-F]{40})\b")


class Redactor:
    """Knows all secrets of one set of settings. The checks put none into their texts; this is the second lock."""

    def __init__(self, settings: BaseModel) -> None:
        found = {part for secret in _secrets(settings) for part in _parts(secret) if len(part) >= _SHORTEST}
        self._secrets = sorted(found, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """Return a text without secrets, and with wallet addresses shortened."""
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return _WALLET.sub(lambda found: f"{found[0][:8]}…{found[0][-4:]}", text)


def _secrets(model: BaseModel) -> Iterator[str]:
    for name in type(model).model_fields:
        value: object = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _secrets(value)
        elif isinstance(value, SecretStr):
            yield value.get_secret_value().strip()


def _parts(secret: str) -> Iterator[str]:
    """A secret as a whole, and of an address what it hides: the password, the path, the query."""
    yield secret
    if "://" not in secret:
        return
    address = urlsplit(secret)
    if address.scheme.startswith("sqlite"):
        return
    yield address.password or ""
    yield address.path.strip("/") if address.scheme.startswith("http") else ""
    yield address.query
