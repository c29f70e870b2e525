"""Who waits for a request to Discord: what decides which one goes first when there is no room for all."""

from enum import IntEnum


class Urgency(IntEnum):
    """Lower goes first."""

    PERSON = 0
    """Somebody has pressed a button or typed a command, and looks at the screen."""
    SWEEP = 1
    """Nobody waits: it is done as fast as there is room."""
