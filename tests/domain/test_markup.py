import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.markup import plain


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Holder", "Holder"),
        ("🛡️ Élite des Pommes", "🛡️ Élite des Pommes"),
        ("**Boss**", r"\*\*Boss\*\*"),
        ("[free mint](https://evil.example)", r"\[free mint\](https://evil.example)"),
        ("@everyone", r"\@everyone"),
        ("<@&1>", r"\<\@&1\>"),
        ("a\n# b", r"a \# b"),
        ("`x` ||y||", r"\`x\` \|\|y\|\|"),
    ],
)
def test_a_name_is_shown_as_it_is_and_has_no_effect(name: str, shown: str) -> None:
    assert plain(name) == shown


@given(st.text())
def test_without_the_backslashes_it_is_the_same_name_in_one_line(name: str) -> None:
    shown = plain(name)
    assert "\n" not in shown
    assert shown.replace("\\", "") == " ".join(name.split()).replace("\\", "")
