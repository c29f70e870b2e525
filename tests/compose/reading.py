"""compose.yaml as Docker Compose reads it: its services with their settings, with variables from .env filled in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose.yaml"
EXAMPLE = ROOT / ".env.example"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::\?(?P<complaint>[^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Service:
    """What compose.yaml says of one service."""

    name: str
    image: str
    build: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """Of the file and of .env, as the process gets it."""
    health: tuple[str, ...]
    """The command of its health check; empty without one."""
    replicas: int
    waits_for: Mapping[str, str]
    restart: str
    grace: str

    @property
    def is_ours(self) -> bool:
        """Whether Holdfast runs in it."""
        return bool(self.build)


def read_dotenv(text: str) -> dict[str, str]:
    """Read a .env file."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def read_compose(dotenv: Mapping[str, str]) -> dict[str, Service]:
    """Read compose.yaml. Raises `KeyError` with the complaint for a variable that is missing or empty."""
    document = _mapping(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))
    return {name: _service(name, _mapping(body), dotenv) for name, body in _mapping(document["services"]).items()}


def _service(name: str, body: Mapping[str, object], dotenv: Mapping[str, str]) -> Service:
    given = {key: _filled_in(str(value), dotenv) for key, value in _mapping(body.get("environment")).items()}
    health = _mapping(body.get("healthcheck"))
    waits_for = {key: str(_mapping(value)["condition"]) for key, value in _mapping(body.get("depends_on")).items()}
    return Service(
        name=name,
        image=str(body["image"]),
        build=str(body.get("build", "")),
        command=_words(body.get("command")),
        environment={**(dotenv if body.get("env_file") == ".env" else {}), **given},
        health=_words(health.get("test"))[1:],
        replicas=int(str(_mapping(body.get("deploy")).get("replicas", 1))),
        waits_for=waits_for,
        restart=str(body["restart"]),
        grace=str(body["stop_grace_period"]),
    )


def _filled_in(text: str, dotenv: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if not dotenv.get(found["name"]) and found["complaint"] is not None:
            raise KeyError(f"{found['name']} {found['complaint']}")
        return dotenv.get(found["name"], "")

    return _VARIABLE.sub(value, text)


def _mapping(value: object) -> dict[str, object]:
    if value is None:
        return {}
    assert isinstance(value, dict), value
    return {str(key): part for key, part in value.items()}


def _words(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    assert isinstance(value, Sequence), value
    assert not isinstance(value, str), f"{value!r} would go through a shell"
    return tuple(str(word) for word in value)
