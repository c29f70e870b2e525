"""The brake: how many removals of one role are believable within a day."""

from dataclasses import dataclass
from datetime import timedelta

BRAKE_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Brake:
    """At most max(`minimum`, `percent` of a role's holders) removals pass within `BRAKE_WINDOW`; the rest wait."""

    minimum: int
    percent: int

    def allows(self, taken: int, holders: int) -> bool:
        """Whether one more removal passes, when `taken` already did and `holders` still have the role."""
        return taken < max(self.minimum, (taken + holders) * self.percent // 100)
