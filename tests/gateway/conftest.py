"""The stage of the end-to-end tests, for what only a running bot shows."""

from tests.e2e.conftest import clock, server, settings, stage

__all__ = ["clock", "server", "settings", "stage"]
