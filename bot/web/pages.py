"""Pages: small templates with `${names}`, filled with escaped texts and values. No scripts or styles inside."""

import html
import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import ClassVar, Final

from bot.web.texts import Catalogue, fill

FOLDER: Final = Path(__file__).parent / "templates"
_ESCAPES: Final = str.maketrans(
    {character: f"\\u{ord(character):04x}" for character in ("<", ">", "&", "\u2028", "\u2029")}
)

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


class _Page(Template):
    idpattern: ClassVar[str] = r"(?!)"  # only with braces
    braceidpattern: ClassVar[str] = r"[a-z][a-z0-9_.]*"


class Pages:
    """Renders the pages of one site."""

    def __init__(self, catalogue: Catalogue, host: str, static: str, folder: Path = FOLDER) -> None:
        """Take the texts, the host to name, and the path below which static files are."""
        self._catalogue = catalogue
        self._host = host
        self._static = static
        self._templates = {path.stem: _Page(path.read_text(encoding="utf-8")) for path in folder.glob("*.html")}

    def render(
        self,
        page: str,
        language: str,
        values: Mapping[str, str] | None = None,
        data: Mapping[str, Value] | None = None,
    ) -> str:
        """Render a page. `values` are escaped; `data` is for the page's scripts and not secret.

        Raises `KeyError` for a name in the template that is neither a text nor a value.
        """
        own = {"host": self._host, "username": "", "user_id": "", "server": "", **(values or {})}
        texts = {key: fill(text, own) for key, text in self._catalogue.of(language).items()}
        title = texts[f"page.{page}.title"]
        own = {**own, "lang": language, "page": page, "static": self._static, "title": title}
        names = {name: html.escape(text) for name, text in {**texts, **own}.items()}
        names["data"] = _json(
            {
                "page": page,
                "lang": language,
                "host": self._host,
                "texts": dict(self._catalogue.of(language)),
                **(data or {}),
            }
        )
        names["main"] = self._templates[page].substitute(names)
        return self._templates["layout"].substitute(names)


def _json(value: Value) -> str:
    """JSON that may stand in a `<script type="application/json">`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
