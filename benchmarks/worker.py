"""A worker in a process of its own: `holdfast worker`, but with a clock that may be ahead.

`python -m benchmarks.worker SECONDS`, with all settings in the environment.
"""

import argparse
import asyncio
import os
from datetime import datetime, timedelta

from bot.config import load_settings
from bot.logs import configure_logging
from bot.providers.clock import SystemClock
from bot.working import work


class _Ahead(SystemClock):
    """A clock that is ahead of the time, so that a month is nearly over."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """Return the later time."""
        return super().now() + self._ahead


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("seconds", type=float)
    ahead = timedelta(seconds=options.parse_args().seconds)
    settings = load_settings(None, os.environ)
    configure_logging(settings.logging)
    asyncio.run(work(settings, _Ahead(ahead)))
