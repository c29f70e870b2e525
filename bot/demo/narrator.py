"""How the story is told in a terminal, or in a log file: with colours only where there is somebody to see them."""

import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_WIDEST = 110
_INDENT = "      "
_MOST_LINES = 9
"""How much of an answer is quoted."""


class Narrator:
    """Prints who does what, what the bot answers, and what was seen in Discord."""

    def __init__(self, console: Console | None = None) -> None:
        chosen = console or Console(highlight=False)
        if not chosen.is_terminal or chosen.width > _WIDEST:
            chosen.width = _WIDEST
        self._console = chosen
        self._status = chosen.status("", spinner="dots")

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Show what is going on (in a terminal) until the end."""
        with self._status:
            yield

    def title(self, text: str, introduction: str) -> None:
        """Begin."""
        self._console.print()
        self._console.print(Text(text, "bold"))
        self._wrapped(introduction, "", "dim")

    def step(self, number: int, total: int, title: str) -> None:
        """Begin a step."""
        self._status.update(Text(f"{number}/{total}  {title}", "dim"))
        self._console.print()
        self._console.print(Text.assemble((f"{number:>2}/{total}", "cyan"), "  ", (title, "bold")))

    def happens(self, text: str) -> None:
        """Something happens outside Discord."""
        self._wrapped(f"• {text}", _INDENT, "")

    def does(self, name: str, deed: str) -> None:
        """Somebody does something in Discord."""
        self._console.print(Text.assemble(_INDENT, (name, "magenta"), (" › ", "dim"), deed), soft_wrap=True)

    def quotes(self, answer: str) -> None:
        """The bot answers. Long answers are cut."""
        lines: list[str] = []
        for line in answer.splitlines():
            if line.strip():
                lines += [line] if len(line) <= self._room(4) else textwrap.wrap(line, self._room(4))
        if len(lines) > _MOST_LINES:
            lines = [*lines[: _MOST_LINES - 1], "…"]
        for line in lines:
            self._console.print(Text.assemble(_INDENT, ("  │ ", "dim"), (line, "italic dim")), soft_wrap=True)

    def saw(self, fact: str) -> None:
        """Something was observed in the sandbox's Discord."""
        head, *rest = textwrap.wrap(fact, self._room(2)) or [""]
        self._console.print(Text.assemble(_INDENT, ("✓ ", "bold green"), (head, "green")), soft_wrap=True)
        for line in rest:
            self._console.print(Text(f"{_INDENT}  {line}", "green"), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Sum up."""
        table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=SIMPLE_HEAD)
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(Padding(table, (1, 0, 0, len(_INDENT) - 1), expand=False))

    def done(self, steps: int, began: float) -> None:
        """The story ended well. `began` is a `time.monotonic` value."""
        self._console.print()
        words = f"All {steps} steps were observed in the sandbox's Discord, in {time.monotonic() - began:.1f} s."
        self._console.print(Text.assemble(("✓ ", "bold green"), (words, "bold green")))

    def failed(self, step: str, expected: str, seen: str, log: Sequence[str]) -> None:
        """The story ended badly; `log` is what the bot logged about it."""
        self._console.print()
        self._console.print(Text.assemble(("✗ The demo failed at the step: ", "bold red"), (step, "bold")))
        self._wrapped(f"expected: {expected}", "  ", "")
        self._wrapped(f"seen:     {seen}", "  ", "")
        if log:
            self._console.print("  The bot logged:")
        for line in log:
            self._console.print(Text(f"    {line}", "dim"), soft_wrap=True)

    def says(self, text: str = "") -> None:
        """A line on its own."""
        self._console.print(Text(text), soft_wrap=True)

    def _room(self, taken: int) -> int:
        return max(self._console.width - len(_INDENT) - taken, 20)

    def _wrapped(self, text: str, indent: str, style: str) -> None:
        hanging = indent + ("  " if text.startswith("• ") else "")
        for line in textwrap.wrap(text, self._console.width, initial_indent=indent, subsequent_indent=hanging):
            self._console.print(Text(line, style), soft_wrap=True)
