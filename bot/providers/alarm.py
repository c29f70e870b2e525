"""Telling the host once, and not with every call, that only they can repair a provider."""

import logging
from typing import TypeVar

from bot.domain.readings import Unknown, UnknownReason

_log = logging.getLogger(__name__)

_FOR_THE_HOST = frozenset({UnknownReason.AUTH, UnknownReason.CONFIG})

Outcome = TypeVar("Outcome")


class Alarm:
    """Rings when it starts, stays silent while it lasts, and rings again only after things were well in between."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._ringing = False

    def hear(self, outcome: Outcome) -> Outcome:
        """Ring for an unknown that the host must act on, be quiet for an answer, and pass either on."""
        if not isinstance(outcome, Unknown):
            self.quiet()
        elif outcome.reason in _FOR_THE_HOST:
            self.ring(outcome.detail)
        return outcome

    def ring(self, detail: str) -> None:
        """Log an error that the host must act on; `detail` holds no secrets and no addresses."""
        if not self._ringing:
            self._ringing = True
            _log.error("%s needs attention: %s", self._provider, detail)

    def quiet(self) -> None:
        """Note that the provider serves us."""
        if self._ringing:
            self._ringing = False
            _log.info("%s serves us again", self._provider)
