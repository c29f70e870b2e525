"""How a mistake in a rule expression is shown: the line, a caret under the column, and what to write instead."""

import difflib
import re
from collections.abc import Collection, Sequence, Set
from typing import Final

from bot.domain.errors import UserError

_WIDTH: Final = 60
"""Characters of the expression that are shown around the column: a Discord code block on a telephone fits them."""
_NAMES_SHOWN: Final = 15


class ExpressionError(UserError):
    """A rule expression is not well formed; its text is plain lines for a code block, without backticks.

    `column` counts characters of the expression from 1; one past the last character means its end.
    """

    def __init__(self, text: str, column: int, problem: str, hint: str = "") -> None:
        self.column = column
        self.problem = problem
        self.hint = hint
        self.excerpt = _excerpt(text, column)
        super().__init__("\n".join(filter(None, (f"Column {column}: {problem}", self.excerpt, hint))))


def _excerpt(text: str, column: int) -> str:
    if not text.strip():
        return ""
    shown = "".join(letter if letter.isprintable() else " " for letter in text).replace("`", "'")
    start = max(0, min(column - 1 - _WIDTH // 2, len(shown) - _WIDTH))
    end = start + _WIDTH
    before, after = "…" if start else "", "…" if end < len(shown) else ""
    caret = " " * (len(before) + column - 1 - start) + "^"
    return f"{before}{shown[start:end]}{after}\n{caret}"


# Terminals of the grammar in the words of people, in the order in which they are offered.
_WORDS: Final = {
    "NAME": "a collection's name",
    "_NOT": "“not”",
    "COMPARE": "a comparison such as “>= 3”",
    "_BETWEEN": "“between”",
    "NUMBER": "a number",
    "_AND": "“and”",
    "_OR": "“or”",
    "_OF": "“of”",
    "_COMMA": "“,”",
    "_LPAR": "“(”",
    "_RPAR": "“)”",
    "$END": "the end",
}
TERMINALS: Final = tuple(_WORDS)


def expected(terminals: Set[str]) -> str:
    """List what could stand at a place."""
    words = [word for terminal, word in _WORDS.items() if terminal in terminals]
    if "NAME" in terminals:
        words = ["“2 of (…)”" if word == _WORDS["NUMBER"] else word for word in words]
    return f"{', '.join(words[:-1])} or {words[-1]}" if words[1:] else "".join(words)


def found(terminal: str, text: str) -> str:
    """Say what stands at a place."""
    plain = "".join(letter if letter.isprintable() else f"U+{ord(letter):04X}" for letter in text).replace("`", "'")
    short = plain if len(plain) <= 40 else f"{plain[:40]}…"
    match terminal:
        case "$END":
            return "the end"
        case "NAME":
            return f"the name “{short}”"
        case "NUMBER":
            return f"the number {short}"
        case _:
            return f"“{short}”"


_SIGNS: Final = (
    (r"=>|≥|⩾", "Write >= for “at least”."),
    (r"=<|≤|⩽", "Write <= for “at most”."),
    (r"≠|!==|=!|/=", "Write != for “not exactly”."),
    (r"=", "Write == for “exactly”, >= for “at least” or <= for “at most”."),
    (r"&&?", "Write and."),
    (r"\|\|?", "Write or."),
    (r"!", "Write not."),
    (r"[\[\]{}]", "Use round brackets: ( and )."),
    (r"[-+–—]", "Numbers are whole and have no sign; a range is written: friends between 1 and 4."),
    (r"\.", "Numbers are whole, without a point."),
    (r"[\"'`“”„«»‘’]", "Names are written without quotation marks."),
    (r"[@#<:$]", "Write the plain name of a collection, as /collection list shows it."),
    (r";", "Join conditions with and / or; inside “2 of (a, b)” separate them with commas."),
    (r"[\u200b-\u200f\u2060\ufeff\u202a-\u202e]", "An invisible character stands here. Delete it and type again."),
)


def foreign_sign(text: str, position: int) -> tuple[str, str]:
    """Return (what stands there, advice about it) for a character that is not part of the language."""
    before = text[:position]
    if text[position] == "=" and before.endswith(("=", "<", ">")):
        return "=", f"Two signs run together here; a comparison is one of {_COMPARISONS}."
    if text[position] == "=" and before.rstrip().endswith((">", "<")):
        return "=", "Write >= or <= without a space in between."
    for pattern, hint in _SIGNS:
        if match := re.compile(pattern).match(text, position):
            return match[0], hint
    return text[position], ""


_COMPARISONS: Final = ">= > <= < == !="
_SHOULD_BE: Final = {
    ("COMPARE", "COMPARE"): f"A comparison is one of {_COMPARISONS}, written without spaces.",
    ("NAME", "NUMBER"): "Say how to compare, for example: friends >= 3.",
    ("NAME", "_OF"): "Give a number before “of”: 1 of (a, b) means any of them; for all of them, join with and.",
    ("NUMBER", "COMPARE"): "Put the name first: friends >= 3. A range is written: friends between 1 and 4.",
    ("NUMBER", "_BETWEEN"): "Put the name first: friends between 1 and 4.",
    ("NAME", "_NOT"): "“not” stands before a condition: not friends, or friends != 3.",
    ("NAME", "_LPAR"): "Join conditions with and / or.",
    ("_RPAR", "_LPAR"): "Join conditions with and / or.",
    ("_RPAR", "NAME"): "Join conditions with and / or.",
    ("_RPAR", "COMPARE"): "Only the count of a single collection can be compared; try 2 of (a, b, c).",
    ("_OF", "NAME"): "Put the list in brackets: 2 of (a, b, c).",
    ("_LPAR", "_RPAR"): "The brackets are empty.",
}


def order_hint(before: Sequence[tuple[str, str]], terminal: str, allowed: Set[str], *, touching: bool) -> str:
    """Return advice about a word in the wrong place, or nothing.

    `before` are the (terminal, text) pairs that were read so far; `touching` says that no space came in between.
    """
    last, last_text = before[-1] if before else ("", "")
    kinds = [kind for kind, _ in before]
    if kinds[-2:] == ["_BETWEEN", "NUMBER"]:
        return "A range is written: friends between 1 and 4."
    if last == "NUMBER" and terminal == "NAME":
        if touching:
            return "A name begins with a letter or _, and numbers are whole digits."
        if kinds[-2:-1] != ["COMPARE"]:
            return "Put the name first: friends >= 3."
    if last == "NUMBER" and terminal == "COMPARE" and kinds[-2:-1] == ["COMPARE"]:
        return "A range is written: friends between 1 and 4."
    if last == "NAME" and terminal == "NAME":
        if last_text.lower() in ("any", "all", "one"):
            return "Write 1 of (a, b) for any of them, or join them with and."
        return "A name has no spaces in it; conditions are joined with and / or."
    if last == "NUMBER" and terminal == "_COMMA" and kinds[-2:-1] == ["COMPARE"]:
        return "Numbers are written without separators: 1000."
    if terminal == "COMPARE" and "NAME" in allowed:
        return "A comparison comes after a collection's plain name: friends >= 3."
    if terminal == "_COMMA":
        return "Commas only separate the parts of a list such as 2 of (a, b, c)."
    if terminal == "_RPAR" and "_RPAR" not in allowed and kinds.count("_LPAR") == kinds.count("_RPAR"):
        return "No “(” belongs to this bracket."
    if terminal == "$END" and kinds.count("_LPAR") > kinds.count("_RPAR"):
        return "A bracket “(” is not closed."
    return _SHOULD_BE.get((last, terminal), "")


def unknown_name(name: str, known: Collection[str]) -> tuple[str, str]:
    """Return (problem, hint) for a name that is no collection of the server."""
    problem = f"there is no collection “{name}”"
    if not known:
        return problem, "This server has no collections yet. Add one with /collection add."
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    meant = f"Did you mean “{close[0]}”?\n" if close else ""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return problem, f"{meant}Known: {', '.join(names[:_NAMES_SHOWN])}{more}"
