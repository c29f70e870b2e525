"""The one error hierarchy.

Every error a person can see is a `HoldfastError` whose text says what happened, what it means for them, and what to
do. Programming mistakes stay ordinary Python exceptions.
"""


class HoldfastError(Exception):
    """Something a person can understand and act on; `str(error)` is safe to show to them."""


class UserError(HoldfastError):
    """The request cannot be done as it was made; the person who made it can fix that."""


class ConfigError(HoldfastError):
    """The installation is set up wrongly; only the host can fix that. The command line exits with 78."""


class StoreBusyError(HoldfastError):
    """The database did not take the change (locked, full, away). Every change is safe to try again."""


class LinkTakenError(HoldfastError):
    """Another live link to the same wallet was made in the meantime."""


class NameTakenError(UserError):
    """The server has a collection of that name already."""


class RoleTakenError(UserError):
    """The role has a rule already."""
