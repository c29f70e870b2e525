"""Telling the host once, and not with every call, that only they can repair a provider."""

import logging

_log = logging.getLogger(__name__)


class Alarm:
    """Rings when it starts, stays silent while it lasts, and rings again only after things were well in between."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._ringing = False

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
