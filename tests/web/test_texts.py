"""The catalogue of texts, and the pages made of it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.web import pages as pages_module
from bot.web.pages import Pages
from bot.web.refusals import STATUS, RefusalError
from bot.web.static_files import StaticFiles
from bot.web.texts import FOLDER, Catalogue

PAGES = ("home", "start", "link", "release", "problem")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
HOSTILE = "</script><img src=x onerror=alert(1)>'\"&{username}${lang}"


def texts(language: str) -> dict[str, str]:
    loaded = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.json"))


def test_english_german_and_spanish_are_there() -> None:
    assert {"de", "en", "es"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_placeholders(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert set(other) == set(english)
    for key, text in english.items():
        assert set(PLACEHOLDER.findall(other[key])) == set(PLACEHOLDER.findall(text)), key
        assert other[key].strip() == other[key] != "", key


def test_every_code_that_can_be_answered_has_a_text_and_the_other_way_round() -> None:
    worded = {key.removeprefix("error.") for key in texts("en") if key.startswith("error.")}
    assert worded == {str(code) for code in STATUS}
    for code in STATUS:
        assert 400 <= RefusalError(code).status < 600


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de", "de"), ("es-ES", "es"), ("es-419", "es"), ("en-GB", "en"), ("ja", "en"), ("", "en"), ("../../x", "en")],
)
def test_a_discord_locale_chooses_the_language(locale: str, language: str) -> None:
    assert Catalogue.load().for_locale(locale) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-CH, en;q=0.5", "de"), ("fr, es;q=0.3", "es"), ("*", "en"), ("", "en"), ("x" * 5000 + ",de", "en")],
)
def test_a_browser_tells_its_languages(header: str, language: str) -> None:
    assert Catalogue.load().for_header(header) == language


def test_a_language_that_lacks_a_text_gets_the_english(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text('{"a": "one {x}", "b": "two"}')
    (tmp_path / "fr.json").write_text('{"a": "un {x}"}')
    catalogue = Catalogue.load(tmp_path)
    assert catalogue.text("fr", "a", x="1") == "un 1"
    assert catalogue.text("fr", "b") == "two"
    assert catalogue.text("xx", "a") == "one {x}"
    (tmp_path / "bad.json").write_text('{"a": ["b"]}')
    with pytest.raises(ValueError, match=r"bad\.json"):
        Catalogue.load(tmp_path)


class Inspector(HTMLParser):
    """Collects what a strict policy would forbid, and the data block."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.data = ""
        self.addresses: list[str] = []
        self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_data = tag == "script" and given.get("type") == "application/json"
        if tag in ("style", "iframe", "object", "base") or (
            tag == "script" and not self._in_data and "src" not in given
        ):
            self.forbidden.append(tag)
        self.forbidden += [name for name in given if name.startswith("on") or name == "style"]
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_made_in_every_language_and_holds_no_script_of_strangers(page: str, language: str) -> None:
    static = StaticFiles()
    made = Pages(Catalogue.load(), "verify.example.org", static.path)
    values = {
        "username": HOSTILE,
        "user_id": "1",
        "server": HOSTILE,
        "problem.code": "x",
        "problem.text": HOSTILE,
        "problem.again": "/oauth/login",
    }
    shown = made.render(page, language, values, {"mode": HOSTILE})
    inspector = Inspector()
    inspector.feed(shown)
    assert inspector.forbidden == []
    assert "<img src=x" not in shown
    for address in inspector.addresses:
        assert address.startswith(("/", "#")) or address == "", address
        if address.startswith(static.path):
            assert address.removeprefix(static.path + "/") in static.names, address
    if inspector.data:
        assert json.loads(inspector.data)["mode"] == HOSTILE
        assert "<" not in inspector.data


def test_a_template_that_names_something_unknown_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "layout.html").write_text("${main}")
    (tmp_path / "home.html").write_text("${nothing}")
    made = Pages(Catalogue({"en": {"page.home.title": "Home"}}), "h", "/static/0", tmp_path)
    with pytest.raises(KeyError):
        made.render("home", "en")
    assert {path.stem for path in pages_module.FOLDER.glob("*.html")} == {*PAGES, "layout"}
