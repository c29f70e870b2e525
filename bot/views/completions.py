"""Completing the rule expression that is being typed."""

import re
from collections.abc import Sequence
from typing import Final

from bot.views.text import CHOICE_MAX, CHOICES_MAX

_LAST_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z", re.ASCII)
_WORD_BEFORE: Final = re.compile(r"[A-Za-z0-9_-]+\Z", re.ASCII)
_JOINS: Final = ("and", "or")


def last_word(typed: str) -> str:
    """The name that is being typed at the end of an expression, or nothing."""
    match = _LAST_WORD.search(typed)
    return match[0] if match else ""


def completions(typed: str, names: Sequence[str]) -> list[str]:
    """Whole expressions with the last word completed: by a name, or by `and` or `or` after a condition.

    `names` are those that fit the last word. What Discord would refuse for its length is left out, and where a number
    comes next there is nothing to offer; the person can go on typing.
    """
    word = last_word(typed)
    head = typed[: len(typed) - len(word)]
    texts = dict.fromkeys((head + completed).strip() for completed in _next(head, word, names))
    return [text for text in texts if 0 < len(text) <= CHOICE_MAX][:CHOICES_MAX]


def _next(head: str, word: str, names: Sequence[str]) -> Sequence[str]:
    before = head.rstrip()
    if not before or before[-1] in "(,":
        return names
    match = _WORD_BEFORE.search(before)
    last = match[0].lower() if match else ""
    if last in ("and", "or", "not"):
        return names
    if last in ("of", "between") or before[-1] in "<>=!" or head == before:
        return ()
    return [join for join in _JOINS if join.startswith(word.lower())]
