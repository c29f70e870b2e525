"""For whom calls are made: for somebody who waits, or for a sweep.

The calls of one errand go through many hands before they reach the pace and the meter, which let people go first. So
the errand travels with the task, and with the tasks that it starts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.domain.urgency import Urgency

_URGENCY: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.PERSON)


def urgency() -> Urgency:
    """Return for whom the present call is made."""
    return _URGENCY.get()


@contextmanager
def for_sweep() -> Iterator[None]:
    """Make the calls within for a sweep."""
    token = _URGENCY.set(Urgency.SWEEP)
    try:
        yield
    finally:
        _URGENCY.reset(token)
