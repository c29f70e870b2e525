"""Draws a server's figures over time. Takes a second or so and blocks, so it belongs in a thread.

Only matplotlib's objects are used, none of its global state. The picture is an opaque dark card with a border of its
own, as nobody tells a bot whether the reader's client is light or dark; its letters are large enough for a picture that
a telephone shows at half its size.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from bot.domain.history import History, Series, changes_of

WIDTH: Final = 800
HEIGHT: Final = 1180
"""Pixels."""
_DPI: Final = 100
_CARD: Final = "#1f2329"
_BORDER: Final = "#5b6370"
_GRID: Final = "#3a414b"
_INK: Final = "#f2f4f7"
_QUIET: Final = "#b9c0ca"
_LINES: Final = ("#56b4e9", "#f0a33a", "#2fcf9b", "#ef8fc6", "#f0e442")
"""Told apart by colour-blind people too, after Okabe and Ito."""
_OTHERS: Final = "#a4acb8"
_GIVEN: Final = "#56b4e9"
_TAKEN: Final = "#f0a33a"
_COMPLETE: Final = "#2fcf9b"
_UNKNOWN: Final = "#f0e442"
_BIG: Final = 19
_SMALL: Final = 16
"""Points; 16 are 22 pixels here, and 11 on a telephone."""
_NAME_MAX: Final = 12
_LABEL_APART: Final = 0.135
"""Part of a panel's height that one label takes."""
_DAY: Final = timedelta(days=1)
_SHORT_STEP: Final = timedelta(hours=3)
_HOURS_UP_TO: Final = timedelta(days=3)
_MOST_TICKS: Final = 3.5
_STEPS: Final = tuple(timedelta(hours=hours) for hours in (6, 12, 24, 48, 120, 168, 240, 336, 720, 2160, 8760))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def draw(history: History, series: Sequence[tuple[Series, str]]) -> bytes:
    """Draw the card, as PNG. `series` are the holders of roles with the roles' names."""
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=_CARD, edgecolor=_BORDER, linewidth=4)
    FigureCanvasAgg(figure)
    place = {"left": 0.105, "right": 0.67, "top": 0.92, "bottom": 0.055, "hspace": 0.4}
    grid = figure.add_gridspec(3, 1, height_ratios=(1.5, 1, 1), **place)
    panels = [figure.add_subplot(grid[row]) for row in range(3)]
    for panel in panels:
        _dress(panel, history)
    _holders(panels[0], series)
    _changes(panels[1], history)
    _readings(panels[2], history)
    figure.text(0.035, 0.975, _span(history), color=_QUIET, fontsize=_SMALL, va="center")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor=_CARD, edgecolor=_BORDER)
    figure.clear()
    return picture.getvalue()


def readable(name: str, otherwise: str) -> str:
    """Return what the picture's font can show of a name; `otherwise` when that is nothing."""
    known = get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap()
    kept = "".join(char if ord(char) in known and char.isprintable() else " " for char in name)
    kept = " ".join(kept.split())
    if not any(char.isalnum() for char in kept):
        return otherwise
    return kept if len(kept) <= _NAME_MAX else kept[: _NAME_MAX - 1].rstrip() + "…"


def _dress(panel: Axes, history: History) -> None:
    panel.set_facecolor(_CARD)
    panel.set_xlim(history.since.timestamp(), history.until.timestamp())
    panel.grid(axis="y", color=_GRID, linewidth=1.2)
    panel.set_axisbelow(True)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(_QUIET)
    panel.tick_params(colors=_QUIET, labelsize=_SMALL, length=0, pad=6)
    panel.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=1))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _short(round(abs(y)))))
    panel.xaxis.set_major_locator(FixedLocator([at.timestamp() for at in _ticks(history)]))
    shape = "{0:%H:%M}" if history.until - history.since <= _HOURS_UP_TO else "{0.day} {0:%b}"
    panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: shape.format(datetime.fromtimestamp(x, UTC))))


def _ticks(history: History) -> Sequence[datetime]:
    """Round times in the span, in UTC, as few as fit side by side."""
    span = history.until - history.since
    step = next(step for step in _STEPS if span / step <= _MOST_TICKS)
    first = history.since + -(history.since - _EPOCH) % step
    return [first + step * number for number in range(int((history.until - first) / step) + 1)]


def _title(panel: Axes, text: str) -> None:
    panel.set_title(text, loc="left", color=_INK, fontsize=_BIG, fontweight="bold", pad=12, x=-0.12)


def _holders(panel: Axes, series: Sequence[tuple[Series, str]]) -> None:
    _title(panel, "Holders per rule")
    top = max((max(one.values) for one, _ in series), default=0)
    panel.set_ylim(0, max(top * 1.08, 1))
    colours = [_colour(one, number) for number, (one, _) in enumerate(series)]
    for (one, _), colour in zip(series, colours, strict=True):
        times = [at.timestamp() for at in one.times]
        style = (0, (4, 2)) if one.role_id is None else "-"
        panel.plot(times, one.values, drawstyle="steps-post", color=colour, linewidth=3.5, linestyle=style)
    if not series:
        _say(panel, "Nobody holds a role from Holdfast yet")
        return
    places = _apart([one.last / panel.get_ylim()[1] for one, _ in series])
    for (one, name), colour, place in zip(series, colours, places, strict=True):
        _beside(panel, place, f"{name}\N{NO-BREAK SPACE}{_short(one.last)}", colour)


def _colour(series: Series, number: int) -> str:
    return _OTHERS if series.role_id is None else _LINES[number % len(_LINES)]


def _changes(panel: Axes, history: History) -> None:
    is_short = history.until - history.since <= _HOURS_UP_TO
    step = _SHORT_STEP if is_short else _DAY
    _title(panel, "Roles given and taken" + (" per 3 hours" if is_short else " per day"))
    changes = changes_of(history, step)
    given, taken = [each.given for each in changes], [each.taken for each in changes]
    middle = [(each.since + step / 2).timestamp() for each in changes]
    width = 0.72 * step.total_seconds()
    panel.bar(middle, given, width=width, color=_GIVEN)
    panel.bar(middle, [-count for count in taken], width=width, color=_TAKEN, hatch="///", edgecolor=_CARD)
    most = max(*given, *taken, 1)
    panel.set_ylim(-most * 1.1 if any(taken) else 0, most * 1.1)
    panel.axhline(0, color=_QUIET, linewidth=1.2)
    _beside(panel, 0.75, f"{_short(sum(given))} given ▲", _GIVEN)
    _beside(panel, 0.25, f"{_short(sum(taken))} taken ▼", _TAKEN)
    if not any(given) and not any(taken):
        _say(panel, "No role changed")


def _readings(panel: Axes, history: History) -> None:
    _title(panel, "Wallets by last reading")
    points = history.points
    times = [max(point.at, history.since).timestamp() for point in points]
    complete = [point.complete for point in points]
    total = [point.complete + point.unknown for point in points]
    panel.fill_between(times, 0, complete, step="post", color=_COMPLETE, linewidth=0)
    panel.fill_between(
        times, complete, total, step="post", facecolor=_UNKNOWN, hatch="///", edgecolor=_CARD, linewidth=0
    )
    panel.set_ylim(0, max(max(total, default=0) * 1.08, 1))
    last = points[-1] if points else None
    _beside(panel, 0.75, f"{_short(last.unknown if last else 0)} unknown", _UNKNOWN)
    _beside(panel, 0.25, f"{_short(last.complete if last else 0)} complete", _COMPLETE)
    if not any(total):
        _say(panel, "No wallet is linked yet")


def _short(count: int) -> str:
    """A number in at most five characters."""
    if count < 10_000:
        return str(count)
    return f"{count / 1_000:.0f}k" if count < 1_000_000 else f"{count / 1_000_000:.1f}M"


def _beside(panel: Axes, height: float, text: str, colour: str) -> None:
    """Write a label to the right of a panel, at a part of its height."""
    panel.text(
        1.03,
        height,
        text,
        transform=panel.transAxes,
        color=colour,
        fontsize=_SMALL,
        fontweight="bold",
        va="center",
        parse_math=False,
    )


def _say(panel: Axes, text: str) -> None:
    panel.text(0.5, 0.5, text, transform=panel.transAxes, color=_QUIET, fontsize=_SMALL, ha="center", va="center")


def _apart(heights: Sequence[float]) -> Sequence[float]:
    """Move labels up and down until none hides another. They keep their order and stay inside the panel."""
    order = sorted(range(len(heights)), key=lambda number: heights[number])
    placed = dict.fromkeys(order, 0.0)
    lowest = 0.02
    for number in order:
        placed[number] = max(heights[number], lowest)
        lowest = placed[number] + _LABEL_APART
    highest = 0.98
    for number in reversed(order):
        placed[number] = min(placed[number], highest)
        highest = placed[number] - _LABEL_APART
    return [placed[number] for number in range(len(heights))]


def _span(history: History) -> str:
    days = round((history.until - history.since) / _DAY)
    last = "Last 24 hours" if days <= 1 else f"Last {days} days"
    return f"{last}, until {_moment(history.until)}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC).day} {at.astimezone(UTC):%b %Y, %H:%M} UTC"
