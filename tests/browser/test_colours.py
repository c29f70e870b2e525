"""Both colour schemes can be read: WCAG 2.2 AA, computed from the style sheet."""

import re
from itertools import product
from pathlib import Path

import pytest

STYLES = (Path(__file__).parents[2] / "bot" / "web" / "static" / "holdfast.css").read_text(encoding="utf-8")
BACKGROUNDS = ("ground", "surface", "sunken", "tint")
TEXTS = [
    *product(("ink", "soft", "accent"), BACKGROUNDS),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("bad", "bad-tint"),
    ("bad", "ground"),
    ("warn-ink", "warn-tint"),
]
EDGES = list(product(("edge", "accent"), ("ground", "surface", "sunken")))


def scheme(number: int) -> dict[str, str]:
    block = re.findall(r":root \{(.*?)\}", STYLES, re.DOTALL)[number]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [scheme(0), scheme(1)], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "background"), TEXTS)
def test_texts_stand_out(colours: dict[str, str], text: str, background: str) -> None:
    assert contrast(colours[text], colours[background]) >= 4.5


@pytest.mark.parametrize("colours", [scheme(0), scheme(1)], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "background"), EDGES)
def test_edges_of_controls_stand_out(colours: dict[str, str], edge: str, background: str) -> None:
    assert contrast(colours[edge], colours[background]) >= 3


def test_both_schemes_name_the_same_colours() -> None:
    assert scheme(0).keys() == scheme(1).keys()
