"""What hosts write into the settings of a provider, before anything is sent with it."""

from collections.abc import Mapping

from yarl import URL

from bot.domain.errors import ConfigError


def checked_base(provider: str, text: str) -> URL:
    """Read a base address; raise `ConfigError` when calls cannot be built on it."""
    unusable = ConfigError(f"The base address of {provider} must be a full http or https address.")
    try:
        base = URL(text.strip())
    except ValueError:
        raise unusable from None
    if base.scheme not in ("http", "https") or not base.host or not base.port:
        raise unusable
    if base.user is not None or base.password is not None or base.query_string or base.fragment:
        raise ConfigError(f"The base address of {provider} must hold no user name, password, query or fragment.")
    return base


def checked_headers(provider: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers that can be sent; raise `ConfigError`, without the value, for one that cannot."""
    checked = {name: value.strip() for name, value in headers.items()}
    if not all(value.isascii() and value.isprintable() for value in checked.values()):
        raise ConfigError(f"The API key of {provider} holds characters that a key cannot have. Copy it again.")
    return checked
