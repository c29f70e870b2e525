"""The texts of the pages, in every language: one JSON file each, English complete, all with the same keys."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FALLBACK: Final = "en"
FOLDER: Final = Path(__file__).parent / "texts"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_LONGEST_HEADER = 200


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of `{names}`. A name without a value stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


class Catalogue:
    """All texts. A language that lacks one gets the English."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        english = texts[FALLBACK]
        self._texts = {language: {**english, **own} for language, own in texts.items()}

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Catalogue":
        """Read the files. Raises `ValueError` for one that is not a flat object of texts."""
        return cls({path.stem: _read(path) for path in sorted(folder.glob("*.json"))})

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are, as in `lang` attributes."""
        return tuple(self._texts)

    def of(self, language: str) -> Mapping[str, str]:
        """All texts of a language, by key."""
        return self._texts.get(language, self._texts[FALLBACK])

    def text(self, language: str, key: str, **values: str) -> str:
        """One text, filled in. Raises `KeyError` for a key that does not exist."""
        return fill(self.of(language)[key], values)

    def for_locale(self, locale: str) -> str:
        """The language for a Discord locale such as `es-419`."""
        language = locale.split("-")[0].lower()
        return language if language in self._texts else FALLBACK

    def for_header(self, accept_language: str) -> str:
        """The first language of an Accept-Language header that there is. Weights are in order in every browser."""
        for part in accept_language[:_LONGEST_HEADER].split(","):
            language = part.split(";")[0].strip().split("-")[0].lower()
            if language in self._texts:
                return language
        return FALLBACK


def _read(path: Path) -> Mapping[str, str]:
    parsed: object = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(parsed, dict) or not all(isinstance(text, str) for text in parsed.values()):
        raise ValueError(f"{path.name} is not a flat object of texts")
    return {str(key): str(text) for key, text in parsed.items()}
