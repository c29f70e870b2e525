"""The use cases about people's own data, in one bundle."""

from dataclasses import dataclass
from typing import Self

from bot.services.forgetting import Forgetting
from bot.services.opting_out import OptingOut
from bot.services.personal_data import PersonalDataExport
from bot.services.ports import Clock, DiscordGateway, Store
from bot.services.reconciling import Reconciler
from bot.services.retention import Retention, RetentionPolicy


@dataclass(frozen=True, slots=True)
class Privacy:
    """What people can ask for about their data, and what happens to old data by itself."""

    export: PersonalDataExport
    forgetting: Forgetting
    opting_out: OptingOut
    retention: Retention

    @classmethod
    def of(
        cls, store: Store, gateway: DiscordGateway, reconciler: Reconciler, clock: Clock, policy: RetentionPolicy
    ) -> Self:
        """Wire the use cases, which need the same few parts."""
        return cls(
            export=PersonalDataExport(store, clock),
            forgetting=Forgetting(store, gateway, reconciler, clock),
            opting_out=OptingOut(store, reconciler, clock),
            retention=Retention(store, gateway, clock, policy),
        )
