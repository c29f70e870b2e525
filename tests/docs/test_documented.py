"""That the documentation is complete, that it names nothing that is not there, and that its links lead somewhere."""

import re
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
import pytest
from discord import app_commands
from pydantic import BaseModel, SecretStr

from bot.app import Holdfast, wire
from bot.cli import main
from bot.cogs import add_cogs
from bot.config import CONFIG_VARIABLE, ENV_PREFIX, keys, load_settings
from bot.domain.durations import format_duration
from bot.invite import invite_link
from bot.providers.clock import SystemClock

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
EXAMPLE = ROOT / "config.example.toml"
HOSTS = ROOT / "docs" / "hosts.md"
COMMANDS = ROOT / "docs" / "reference" / "commands.md"
NO_COMMANDS = {"data", "healthz", "link", "metrics", "readyz", "release"}
"""What stands behind a slash in the pages besides commands: the folder in the image, and paths of the web server."""
SETTING_LINE = re.compile(r"# (?P<key>[a-z_]+) = ")


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a slash command, as its documentation should tell it."""

    name: str
    required: bool


SlashCommands = dict[str, tuple[Option, ...]]


@pytest.fixture
async def slash_commands(tmp_path: Path) -> AsyncIterator[SlashCommands]:
    """Every slash command that the bot registers, with its options."""
    holdfast = _wired(tmp_path)
    await add_cogs(holdfast.client, holdfast.services)
    yield {
        command.qualified_name: tuple(Option(option.display_name, option.required) for option in command.parameters)
        for command in holdfast.client.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    }
    await holdfast.close()


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
    def test_every_link_inside_the_repository_leads_somewhere(self, page: Path) -> None:
        for target, anchor in _links(page):
            place = page if not target else (page.parent / target).resolve()
            assert place.exists(), f"{page.name} links to {target}, which does not exist"
            assert place.is_relative_to(ROOT), f"{page.name} links to {target}, out of the repository"
            if anchor:
                assert anchor in _anchors(place), f"{page.name} links to #{anchor}, which {place.name} does not have"


class TestSettings:
    def test_every_setting_has_a_row_with_its_default(self) -> None:
        rows = _rows(HOSTS, "Settings")
        assert {key: _shown_default(default) for key, default in _defaults().items()} == {
            key: cells[0] for key, cells in rows.items() if "." in key
        }

    def test_the_example_with_every_line_switched_on_is_complete_and_right(self, tmp_path: Path) -> None:
        file = tmp_path / "config.toml"
        file.write_text(_switched_on(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
        written = set(_dotted(tomllib.loads(file.read_text(encoding="utf-8"))))
        assert written == set(keys())
        loaded = dict(_values(load_settings(file, {})))
        for key, default in _defaults().items():
            if default not in (None, ()):  # one that is unset by default shows what it may look like
                assert loaded[key] == default, key

    def test_the_example_as_it_is_changes_nothing(self) -> None:
        assert dict(_values(load_settings(EXAMPLE, {}))) == _defaults()

    @pytest.mark.parametrize("page", [*PAGES, EXAMPLE], ids=lambda page: page.name)
    def test_every_variable_that_is_named_exists(self, page: Path) -> None:
        known = {ENV_PREFIX + key.replace(".", "__").upper() for key in keys()} | {CONFIG_VARIABLE}
        for variable in re.findall(r"HOLDFAST_[A-Z_]+", page.read_text(encoding="utf-8")):
            assert variable.removesuffix("_FILE") in known | {"HOLDFAST_SECTION__KEY", ENV_PREFIX}, page.name


class TestSlashCommands:
    def test_every_command_has_its_part_and_no_other_has(self, slash_commands: SlashCommands) -> None:
        assert {title.strip("`/") for title in _titles(COMMANDS, level=3)} == set(slash_commands)

    def test_every_option_has_a_row_that_says_whether_it_is_required(self, slash_commands: SlashCommands) -> None:
        for name, options in slash_commands.items():
            rows = _rows(COMMANDS, f"`/{name}`")
            assert set(rows) == {option.name for option in options}, name
            for option in options:
                assert rows[option.name][0].startswith("required" if option.required else "optional"), (name, option)

    async def test_every_command_that_a_page_names_exists(self, slash_commands: SlashCommands) -> None:
        groups = {name.split()[0] for name in slash_commands}
        for page in PAGES:
            for group, command in re.findall(r"`/([a-z]+)(?: ([a-z]+))?[^`]*`", page.read_text(encoding="utf-8")):
                if group in groups:
                    assert f"{group} {command}".strip() in {*slash_commands, *groups}, (
                        f"{page.name}: /{group} {command}"
                    )
                else:
                    assert group in NO_COMMANDS, f"{page.name} names /{group}"


class TestCommandLine:
    def test_every_command_has_a_row_with_its_options(self) -> None:
        rows = _rows(HOSTS, "Command line")
        assert {name.split()[1] for name in rows} == set(main.commands)
        for name, cells in rows.items():
            for parameter in main.commands[name.split()[1]].params:
                wanted = parameter.opts[0] if isinstance(parameter, click.Option) else str(parameter.name).upper()
                assert wanted in name + cells[0], name

    def test_the_options_of_all_commands_are_named(self) -> None:
        text = HOSTS.read_text(encoding="utf-8")
        for parameter in main.params:
            if not isinstance(parameter, click.Option) or parameter.name == "version":
                continue
            assert parameter.opts[0] in text

    def test_every_command_that_a_page_names_exists(self) -> None:
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            for command in re.findall(r"(?:`|/bin/|^)holdfast ([a-z]+)", text, re.MULTILINE):
                assert command in main.commands, f"{page.name}: holdfast {command}"
            for target in re.findall(r"(?:`|^|=\S+ )make ([a-z]+)", text, re.MULTILINE):
                assert target in targets, f"{page.name}: make {target}"

    def test_the_invite_link_in_the_readme_asks_for_what_the_bot_asks_for(self) -> None:
        link = invite_link(1).replace("client_id=1&", "client_id=YOUR_APPLICATION_ID&")
        assert link in (ROOT / "README.md").read_text(encoding="utf-8")


class TestThePartsOfTheHouse:
    def test_the_layers_are_drawn_as_they_are_enforced(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        contracts = project["tool"]["importlinter"]["contracts"]
        layers = [line.replace("bot.", "") for contract in contracts for line in contract.get("layers", ())]
        drawn = [line.strip() for line in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()]
        place = drawn.index(layers[0])
        assert drawn[place : place + len(layers)] == layers

    def test_every_package_and_module_on_the_first_floor_is_in_the_picture(self) -> None:
        picture = (
            (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("## The house")[1].split("\n\n")[1]
        )
        for part in (ROOT / "bot").iterdir():
            if part.is_dir() and any(part.glob("*.py")):
                assert f"{part.name}/" in picture, part.name
            elif part.suffix == ".py" and part.name != "__init__.py":
                assert part.name in picture, part.name


def _wired(folder: Path) -> Holdfast:
    settings = load_settings(None, {"HOLDFAST_DATABASE__URL": f"sqlite+aiosqlite:///{folder / 'unused.db'}"})
    return wire(settings, SystemClock(), members_intent=False)


def _without_code(text: str) -> str:
    """Leave out blocks of code, which are no prose."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def _links(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the relative links of a page as (path, anchor)."""
    for target in re.findall(r"\]\(([^)\s]+)\)", _without_code(page.read_text(encoding="utf-8"))):
        if "://" not in target and not target.startswith("mailto:"):
            path, _, anchor = target.partition("#")
            yield path, anchor


def _titles(page: Path, level: int = 0) -> list[str]:
    mark = "#" * level if level else "#{1,6}"
    return re.findall(rf"^{mark} (.+)$", _without_code(page.read_text(encoding="utf-8")), re.MULTILINE)


def _anchors(page: Path) -> set[str]:
    """The anchors that a page's titles get where it is rendered: lower case, words joined by dashes."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in _titles(page)}


def _part(page: Path, title: str) -> str:
    """What stands below a title, up to the next title of its rank or above."""
    found = re.search(
        rf"^(?P<mark>#+) {re.escape(title)}$(?P<body>.*?)(?=^#{{1,2}} |^(?P=mark) |\Z)",
        page.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    assert found is not None, f"{page.name} has no part “{title}”"
    return found["body"]


def _rows(page: Path, title: str) -> dict[str, list[str]]:
    """The rows of the tables in a part whose first cell is code: that code, and the other cells."""
    cells = [line.strip("| ").split(" | ") for line in _part(page, title).splitlines() if line.startswith("| `")]
    return {first.split("`")[1]: rest for first, *rest in cells}


def _switched_on(text: str) -> str:
    """Return the example with the comment sign taken off every setting."""
    return "\n".join(line.removeprefix("# ") if SETTING_LINE.match(line) else line for line in text.splitlines())


def _dotted(table: dict[str, object], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _values(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, object]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _values(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value.get_secret_value() if isinstance(value, SecretStr) else value


def _defaults() -> dict[str, object]:
    return dict(_values(load_settings(None, {})))


def _shown_default(default: object) -> str:
    """How the table of settings shows a default."""
    match default:
        case None:
            return "unset"
        case "":
            return "empty"
        case ():
            return "unset"
        case tuple():
            return ", ".join(f"`{part}`" for part in default)
        case timedelta():
            return f"`{format_duration(default)}`"
        case bool():
            return f"`{str(default).lower()}`"
        case float() if default.is_integer():
            return f"`{int(default)}`"
        case _:
            return f"`{default}`"
