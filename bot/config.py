"""Settings: a TOML file, overridden by the environment, overridden by secret files.

Every key can be set as `HOLDFAST_SECTION__KEY` (`HOLDFAST_PROVIDERS__SPACESCAN__API_KEY` likewise), and from a file
as `HOLDFAST_SECTION__KEY_FILE`, which is how Docker and systemd hand secrets over. An unknown key is an error that
names it: a typo must not silently mean "default".
"""

import difflib
import ipaddress
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.domain.errors import ConfigError
from bot.provider_settings import ProvidersSettings
from bot.setting_types import Duration, Section, Url, listed

ENV_PREFIX = "HOLDFAST_"
CONFIG_VARIABLE = "HOLDFAST_CONFIG"
_FILE_SUFFIX = "_FILE"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _site(url: str) -> str:
    """Accept the address of a whole host only: pages, cookies and the texts that wallets sign belong to a host."""
    parts = urlsplit(url)
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be the address of a host alone, such as https://verify.example.org")
    return url.rstrip("/")


class DiscordSettings(Section):
    """How to reach Discord."""

    token: SecretStr = SecretStr("")
    api_base_url: Url = "https://discord.com/api/v10"
    gateway_url: Annotated[str, Field(pattern=r"^wss?://\S+$")] | None = None
    members_intent: bool = True
    shard_ids: Annotated[tuple[int, ...], BeforeValidator(listed)] = ()
    shard_count: Annotated[int, Field(ge=1)] | None = None
    requests_per_second: Annotated[int, Field(ge=1, le=40)] = 35

    @model_validator(mode="after")
    def _shards_belong_together(self) -> Self:
        if self.shard_ids and self.shard_count is None:
            raise ValueError("shard_ids needs shard_count as well")
        return self


class DatabaseSettings(Section):
    """Where Holdfast remembers."""

    url: SecretStr = SecretStr("sqlite+aiosqlite:///holdfast.db")


class WebSettings(Section):
    """The web server."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    public_url: Annotated[Url, AfterValidator(_site)] | None = None
    oauth_client_id: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""
    oauth_client_secret: SecretStr = SecretStr("")
    oauth_authorize_url: Url = "https://discord.com/oauth2/authorize"
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(listed)] = ()

    @property
    def has_log_in(self) -> bool:
        """Whether members log in to Discord on the verify page."""
        return bool(self.oauth_client_id)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if bool(self.oauth_client_id) != bool(self.oauth_client_secret.get_secret_value()):
            raise ValueError("oauth_client_id and oauth_client_secret are needed both, or neither")
        if not self.enabled:
            return self
        if self.public_url is None and not _is_loopback(self.host):
            raise ValueError(
                "public_url is needed when host is not a loopback address: links in Discord and the texts that "
                "wallets sign name it"
            )
        public = urlsplit(self.public_url or "")
        if self.has_log_in and public.scheme != "https" and not _is_loopback(public.hostname or self.host):
            raise ValueError("public_url must begin with https:// for the Discord log-in (oauth_client_id)")
        return self


class EthereumSettings(Section):
    """Ethereum nodes, through which contract wallets are proven."""

    contract_wallets: bool = True
    rpc_url: SecretStr = SecretStr("")
    testnet_rpc_url: SecretStr = SecretStr("")


class SweepSettings(Section):
    """How often wallets are read, and how carefully roles are taken."""

    interval: Duration = timedelta(hours=6)
    confirm_after: Duration = timedelta(minutes=30)
    stale_after: Duration = timedelta(hours=48)
    grace: Duration = timedelta(0)
    brake_min: Annotated[int, Field(ge=0)] = 5
    brake_percent: Annotated[int, Field(ge=0, le=100)] = 20

    @model_validator(mode="after")
    def _spans_make_sense(self) -> Self:
        if self.interval < timedelta(seconds=1):
            raise ValueError("interval must be at least 1s")
        if self.stale_after <= self.interval:
            raise ValueError("stale_after must be longer than interval, or every reading is stale before the next one")
        return self


class PrivacySettings(Section):
    """How long data is kept that nobody needs any more."""

    retention: Duration = timedelta(days=30)
    journal_retention: Duration = timedelta(days=365)

    @model_validator(mode="after")
    def _spans_make_sense(self) -> Self:
        if min(self.retention, self.journal_retention) < timedelta(days=1):
            raise ValueError("retention and journal_retention must be at least 1d")
        return self


class JobEngine(StrEnum):
    """What runs the jobs."""

    LOCAL = "local"
    PROCRASTINATE = "procrastinate"


class JobsSettings(Section):
    """How jobs are run."""

    engine: JobEngine = JobEngine.LOCAL


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LoggingSettings(Section):
    """The host's log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: LogFormat = LogFormat.AUTO


class Settings(BaseSettings):
    """All settings of an installation. Get them with `load_settings`."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, enable_decoding=False)

    discord: DiscordSettings = DiscordSettings()
    database: DatabaseSettings = DatabaseSettings()
    web: WebSettings = WebSettings()
    ethereum: EthereumSettings = EthereumSettings()
    sweep: SweepSettings = SweepSettings()
    privacy: PrivacySettings = PrivacySettings()
    jobs: JobsSettings = JobsSettings()
    providers: ProvidersSettings = ProvidersSettings()
    logging: LoggingSettings = LoggingSettings()


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings from a TOML file (None or absent: defaults) and the environment.

    Raises `ConfigError`, in one human line, for a file that is missing though it was named or is not TOML, an unknown
    key, or a value that does not fit. The line never contains a value, since it could be a secret.
    """
    variables, from_files = _split(environ)

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            sources: list[PydanticBaseSettingsSource] = [
                _Variables(settings_cls, from_files),
                _Variables(settings_cls, variables),
            ]
            if path is not None:
                sources.append(TomlConfigSettingsSource(settings_cls, path))
            return tuple(sources)

    _refuse_unknown_variables(environ)
    try:
        return _checked(Loaded())
    except ValidationError as error:
        raise ConfigError(_one_line(error, path)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def _checked(settings: Settings) -> Settings:
    url = settings.database.url.get_secret_value()
    if settings.jobs.engine is JobEngine.PROCRASTINATE and not url.startswith("postgresql"):
        raise ConfigError(
            'jobs.engine = "procrastinate" needs a PostgreSQL database (database.url). With SQLite leave it at "local".'
        )
    return settings


def config_path(named: str | None, environ: Mapping[str, str]) -> Path | None:
    """Decide which file to read: the one that was named, `$HOLDFAST_CONFIG`, or `config.toml` if it exists.

    Raises `ConfigError` when a file was named and is not there.
    """
    chosen = named or environ.get(CONFIG_VARIABLE)
    if chosen:
        path = Path(chosen)
        if not path.is_file():
            raise ConfigError(f"There is no settings file {path}. Copy config.example.toml there, or name another one.")
        return path
    default = Path("config.toml")
    return default if default.is_file() else None


def keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Every key there is, dotted, like `discord.token` and `providers.spacescan.api_key`."""
    for name, info in model.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from keys(section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


class _Variables(EnvSettingsSource):
    """Environment variables, or the content of the files that `…_FILE` variables name."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str]) -> None:
        self._variables = {name.lower(): value for name, value in variables.items()}
        super().__init__(settings_cls, env_prefix=ENV_PREFIX, env_nested_delimiter="__", case_sensitive=False)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._variables


def _split(environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    plain: dict[str, str] = {}
    from_files: dict[str, str] = {}
    for name, value in environ.items():
        if not name.upper().startswith(ENV_PREFIX) or name.upper() == CONFIG_VARIABLE:
            continue
        if name.upper().endswith(_FILE_SUFFIX):
            try:
                from_files[name[: -len(_FILE_SUFFIX)]] = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise ConfigError(f"{name} names a file that cannot be read. Check its path and permissions.") from None
        else:
            plain[name] = value
    return plain, from_files


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {ENV_PREFIX + key.replace(".", "__").upper(): key for key in keys()}
    for name in environ:
        upper = name.upper()
        if not upper.startswith(ENV_PREFIX) or upper == CONFIG_VARIABLE:
            continue
        if upper.removesuffix(_FILE_SUFFIX) not in known:
            close = difflib.get_close_matches(upper, known, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise ConfigError(f"Unknown setting {name} in the environment.{hint}")


def _one_line(error: ValidationError, path: Path | None) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "settings"
    where = f" ({path} or environment)" if path else ""
    if first["type"] == "extra_forbidden":
        close = difflib.get_close_matches(key, list(keys()), n=1)
        hint = f" Did you mean {close[0]}?" if close else " See config.example.toml for the settings there are."
        return f"Unknown setting {key}{where}.{hint}"
    return f"The setting {key} is not right{where}: {first['msg'].removeprefix('Value error, ')}."
