"""`holdfast check`: one reading, for people and for programs."""

import json
from datetime import datetime

from bot.app import open_http
from bot.config import Settings
from bot.domain.addresses import AccountId, AddressError, ReadTarget, parse_target
from bot.domain.networks import Network
from bot.domain.readings import Complete, Invalid, InvalidReason, Reading, Unknown
from bot.provider_registry import build_directory
from bot.providers.clock import Clock


async def check(settings: Settings, clock: Clock, network: Network, text: str) -> tuple[str, Reading]:
    """Take one reading. Returns the address in its canonical spelling (or as given, if it is none) with it."""
    try:
        target = parse_target(network, text)
    except AddressError as error:
        return text.strip(), Invalid(InvalidReason.ADDRESS, str(error))
    async with open_http(clock) as http:
        return _spelled(target), await build_directory(settings.providers, http).read(target, fresh=True)


def exit_code(reading: Reading) -> int:
    """0 complete, 3 unknown, 2 invalid."""
    match reading:
        case Complete():
            return 0
        case Unknown():
            return 3
        case Invalid():
            return 2


def as_json(network: Network, address: str, reading: Reading) -> str:
    """One JSON object; amounts are decimal strings, since they may exceed what JSON numbers carry."""
    status = "complete"
    source: str | None = None
    observed_at: datetime | None = None
    reason: str | None = None
    detail: str | None = None
    holdings: list[dict[str, str | None]] = []
    match reading:
        case Complete():
            source, observed_at = reading.source, reading.observed_at
            holdings = [
                {"asset": held.asset, "collection": held.collection, "amount": str(held.amount)}
                for held in reading.holdings
            ]
        case Unknown():
            status, reason, detail = "unknown", reading.reason.value, reading.detail
        case Invalid():
            status, reason, detail = "invalid", reading.reason.value, reading.detail
    document = {
        "status": status,
        "network": network.value,
        "address": address,
        "source": source,
        "observed_at": observed_at.isoformat() if observed_at else None,
        "reason": reason,
        "detail": detail,
        "holdings": holdings,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def as_text(network: Network, address: str, reading: Reading) -> str:
    """The same for people."""
    head = f"{address} on {network.label}"
    match reading:
        case Complete():
            lines = [f"{held.amount} × {held.asset}" + _in(held.collection) for held in reading.holdings]
            count = f"{len(reading.holdings)} assets" if lines else "nothing"
            when = reading.observed_at.isoformat(timespec="seconds")
            return "\n".join([f"{head}: complete, {count} (from {reading.source} at {when})", *lines])
        case Unknown():
            return f"{head}: unknown ({reading.reason.value}). {reading.detail}\nNo role would change because of this."
        case Invalid():
            return f"{head}: invalid. {reading.detail}"


def _spelled(target: ReadTarget) -> str:
    return target.text if isinstance(target, AccountId) else target.display


def _in(collection: str | None) -> str:
    return f" in {collection}" if collection else ""
