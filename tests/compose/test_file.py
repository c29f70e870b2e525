"""compose.yaml: that it names nothing that is not there, and fits the image."""

import re

import click
import pytest

from bot.cli import main
from bot.config import JobEngine, load_settings
from tests.compose.reading import EXAMPLE, ROOT, Service, read_compose, read_dotenv

PROCESSES = ("gateway", "worker", "web")


@pytest.fixture
def dotenv() -> dict[str, str]:
    """The example, filled in by a host in a hurry."""
    return {**read_dotenv(EXAMPLE.read_text(encoding="utf-8")), "POSTGRES_PASSWORD": "abc123"}


@pytest.fixture
def services(dotenv: dict[str, str]) -> dict[str, Service]:
    return read_compose(dotenv)


def ours(services: dict[str, Service]) -> list[Service]:
    return [service for service in services.values() if service.is_ours]


def check_words(words: tuple[str, ...]) -> None:
    """Read words as the command line would, without doing what they say."""
    name, *options = words
    assert name in main.commands
    main.commands[name].make_context(name, options).close()


def test_there_is_a_database_and_each_kind_of_process(services: dict[str, Service]) -> None:
    assert set(services) == {"postgres", "migrate", *PROCESSES}
    assert [service.name for service in ours(services)] == ["migrate", *PROCESSES]
    assert services["worker"].replicas == 2


def test_all_processes_are_one_image_that_the_dockerfile_makes(services: dict[str, Service]) -> None:
    assert {(service.image, service.build) for service in ours(services)} == {("holdfast", ".")}
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["holdfast"]' in dockerfile
    assert 'CMD ["run"]' in dockerfile


def test_every_command_is_one_of_holdfasts(services: dict[str, Service]) -> None:
    for service in ours(services):
        check_words(service.command)


def test_a_command_that_is_none_would_be_found() -> None:
    with pytest.raises(click.UsageError):
        check_words(("run", "--no-gateway"))


def test_every_process_is_asked_how_it_itself_is(services: dict[str, Service]) -> None:
    for name in PROCESSES:
        program, *words = services[name].health
        assert program == "holdfast"
        check_words(tuple(words))
        assert words == ["health", "--process", services[name].command[0]]
    assert services["migrate"].health == ()
    assert services["postgres"].health[0] == "pg_isready"


def test_the_settings_exist_and_need_no_more_than_the_example(
    services: dict[str, Service],
) -> None:
    for service in ours(services):
        settings = load_settings(None, dict(service.environment))
        assert settings.jobs.engine is JobEngine.PROCRASTINATE
        assert settings.web.enabled
        assert settings.web.public_url == "https://verify.example.org"
        assert settings.database.url.get_secret_value() == "postgresql+psycopg://holdfast:abc123@postgres/holdfast"


def test_all_processes_have_the_same_settings_but_for_the_proxy(services: dict[str, Service]) -> None:
    proxies = "HOLDFAST_WEB__TRUSTED_PROXIES"
    assert [service.name for service in ours(services) if proxies in service.environment] == ["web"]
    given = [{**service.environment, proxies: ""} for service in ours(services)]
    assert given == given[:1] * len(given)


def test_postgres_is_the_one_that_the_processes_look_for(services: dict[str, Service]) -> None:
    assert services["postgres"].environment == {
        "POSTGRES_DB": "holdfast",
        "POSTGRES_USER": "holdfast",
        "POSTGRES_PASSWORD": "abc123",
    }
    assert not services["postgres"].is_ours


def test_without_a_password_compose_says_where_to_look(dotenv: dict[str, str]) -> None:
    with pytest.raises(KeyError, match=re.escape("POSTGRES_PASSWORD is missing; see .env.example")):
        read_compose({**dotenv, "POSTGRES_PASSWORD": ""})


def test_nobody_starts_before_the_database_is_set_up(services: dict[str, Service]) -> None:
    assert services["migrate"].waits_for == {"postgres": "service_healthy"}
    assert services["migrate"].restart == "no"
    for name in PROCESSES:
        assert services[name].waits_for == {
            "postgres": "service_healthy",
            "migrate": "service_completed_successfully",
        }
        assert services[name].restart == "unless-stopped"
        assert services[name].grace == "30s"


def test_every_setting_in_the_example_exists(dotenv: dict[str, str]) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = read_dotenv("\n".join(line.removeprefix("# ") for line in lines if re.match(r"(# )?HOLDFAST_\w+=", line)))
    assert "HOLDFAST_DISCORD__TOKEN" in shown
    load_settings(None, {name: value for name, value in shown.items() if value})
    load_settings(None, {name: value for name, value in dotenv.items() if name.startswith("HOLDFAST_")})
    load_settings(None, {name: "1" for name in shown if "OAUTH" in name})


def test_secrets_stay_out_of_the_image_and_out_of_git() -> None:
    assert ".env" in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert "/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
