"""Scripts, templates and the catalogue agree on the texts there are."""

import json
import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "bot" / "web"
SCRIPTS = "\n".join(path.read_text(encoding="utf-8") for path in (WEB / "static").rglob("*.js"))
TEMPLATES = "\n".join(path.read_text(encoding="utf-8") for path in (WEB / "templates").glob("*.html"))
LANGUAGES = ("en", "de", "es")


def catalogue(language: str) -> dict[str, str]:
    texts = json.loads((WEB / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    return {str(key): str(text) for key, text in texts.items()}


def asked_for() -> list[str]:
    """Patterns of the keys that scripts ask for; a part that is computed may be anything."""
    keys = re.findall(r'["`](js\.(?:[a-z0-9_.]|\$\{[^}]*\})+)["`]', SCRIPTS)
    assert len(keys) > 50
    return [re.sub(r"\$\{[^}]*\}", "[a-z0-9_]+", key.replace(".", r"\.")) for key in keys]


def test_scripts_ask_for_texts_that_exist() -> None:
    known = catalogue("en")
    assert [key for key in asked_for() if not any(re.fullmatch(key, one) for one in known)] == []


def test_no_text_of_a_script_is_left_over() -> None:
    patterns = asked_for()
    ours = [key for key in catalogue("en") if key.startswith("js.")]
    assert [key for key in ours if not any(re.fullmatch(pattern, key) for pattern in patterns)] == []


def test_no_text_of_a_page_is_left_over() -> None:
    ours = [key for key in catalogue("en") if key.startswith("page.") and not re.fullmatch(r"page\.[a-z]+\.title", key)]
    assert [key for key in ours if f"${{{key}}}" not in TEMPLATES] == []


@pytest.mark.parametrize("language", ["de", "es"])
def test_every_text_is_translated(language: str) -> None:
    """The few that are alike in both languages are named here, so that a forgotten one shows."""
    english, other = catalogue("en"), catalogue(language)
    alike = {key for key, text in english.items() if other[key] == text}
    assert alike <= {"js.code.label", "page.who.server"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_plain(language: str) -> None:
    assert [text for text in catalogue(language).values() if re.search(r"[<>`*\\]|\s\s|^\s|\s$", text)] == []


def test_pages_hold_nothing_that_the_security_policy_forbids() -> None:
    assert re.findall(r"\son[a-z]+=|\sstyle=|<style|javascript:|https?://", TEMPLATES) == []
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\.style\b", SCRIPTS) == []
