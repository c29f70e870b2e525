"""The newest plan of each network, kept where every process finds it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from bot.domain.fetch_plans import Asked, FetchPlan, PlannedPass, Why
from bot.domain.networks import Network
from bot.services.repositories.sweeps import Notes


class PlanNotes:
    """Plans among the installation's notes."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def keep(self, plan: FetchPlan) -> None:
        """Note a plan in place of the one before."""
        await self._notes.set(f"plan:{plan.network.value}", _written(plan))

    async def last(self, network: Network) -> FetchPlan | None:
        """Return the newest plan; None without one, or when another version of the program wrote it."""
        text = await self._notes.get(f"plan:{network.value}")
        return None if text is None else _read(network, text)

    async def is_news(self, network: Network, asked: Mapping[int, Asked]) -> bool:
        """Whether rules ask about something else than when this was asked last."""
        lines = sorted(f"{guild} {what.is_more} {' '.join(sorted(what.items))}" for guild, what in asked.items())
        digest = hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
        name = f"asked:{network.value}"
        if await self._notes.get(name) == digest:
            return False
        await self._notes.set(name, digest)
        return True


def _written(plan: FetchPlan) -> str:
    return json.dumps(
        {
            "made_at": plan.made_at.isoformat(),
            "due": plan.due,
            "passes": [[each.item, each.calls] for each in plan.passes],
            "confirmed": plan.confirmed,
            "alone": [[why.value, count] for why, count in plan.alone],
            "spacing": plan.spacing,
        }
    )


def _read(network: Network, text: str) -> FetchPlan | None:
    try:
        told = json.loads(text)
        return FetchPlan(
            network=network,
            made_at=datetime.fromisoformat(told["made_at"]),
            due=int(told["due"]),
            passes=tuple(PlannedPass(str(item), int(calls)) for item, calls in told["passes"]),
            confirmed=int(told["confirmed"]),
            alone=tuple((Why(why), int(count)) for why, count in told["alone"]),
            spacing=float(told["spacing"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
