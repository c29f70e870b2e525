"""A running stage, and a server on it."""

from tests.e2e.conftest import clock, server, settings, stage

__all__ = ["clock", "server", "settings", "stage"]
