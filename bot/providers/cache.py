"""Complete readings of the last minutes, so that a busy server does not ask the same thing twice."""

from collections import OrderedDict
from datetime import timedelta

from bot.domain.addresses import ReadTarget
from bot.domain.readings import Complete
from bot.providers.clock import Clock


class ReadingCache:
    """Keeps complete readings for `lifetime`, and at most `size` of them.

    Unknown and Invalid are never kept: the next question deserves a new try.
    """

    def __init__(self, clock: Clock, *, lifetime: timedelta, size: int = 1_000) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._size = size
        self._readings: OrderedDict[ReadTarget, Complete] = OrderedDict()

    def get(self, target: ReadTarget) -> Complete | None:
        """Return a reading that is still young enough."""
        reading = self._readings.get(target)
        if reading is None:
            return None
        age = self._clock.now() - reading.observed_at
        if timedelta(0) <= age < self._lifetime:
            return reading
        del self._readings[target]
        return None

    def put(self, target: ReadTarget, reading: Complete) -> None:
        """Keep a reading, unless one that was observed later is here already."""
        kept = self._readings.get(target)
        if kept is not None and kept.observed_at > reading.observed_at:
            return
        self._readings[target] = reading
        self._readings.move_to_end(target)
        while len(self._readings) > self._size:
            self._readings.popitem(last=False)
