"""What the provider tests share: a clock that never waits, an API that says what it is told, and ids that are real."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.collection_passes import CollectionPass, CompletePass, PassTarget
from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading, Unknown, UnknownReason
from bot.domain.urgency import Urgency
from bot.providers.http import HttpLimits

KEY = "sk-live-7hq2-never-to-be-seen"
START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

FAST = HttpLimits(connect=2, read=0.3, total=1, first_backoff=0, longest_backoff=0, jitter=0)
"""The real limits but for the waiting."""

ALICE = Address(Network.CHIA_MAINNET, "xch1a6cd558gqsz2hch5pt0l8mx7zhavf32q5lyde09zjtqcmkelr9ns59k0j8")
BOB = Address(Network.CHIA_MAINNET, "xch13x0kjwy9wcvgjc6r97khgjyvljeyl3054y4m88fc4j3fxr30u6asasxq45")
ALICE_ON_TESTNET = Address(Network.CHIA_TESTNET11, "txch1a6cd558gqsz2hch5pt0l8mx7zhavf32q5lyde09zjtqcmkelr9nsez3en5")
CAROL = Address(Network.LOOPRING, "0x8656920c85342d646e5286cb841f90209272abeb")
FRIENDS = "col1z0ef7w5n4vq9qkue67y8jnwumd9799sm50t8fyle73c70ly4z0ws0p2rhl"
FRIENDS_PASS = PassTarget(Network.CHIA_MAINNET, FRIENDS)


def nft(number: int) -> str:
    """Return the id of some Chia NFT."""
    return chia_ids.encode("nft", number.to_bytes(32))


def nft_data(number: int) -> str:
    """Return the nftData of some Loopring NFT."""
    return f"0x{number:064x}"


def held(reading: Reading) -> dict[str, int]:
    """Return the amounts by asset; fail when the reading is not complete."""
    assert isinstance(reading, Complete), reading
    return {holding.asset: holding.amount for holding in reading.holdings}


def owned(outcome: CollectionPass) -> dict[str, set[str]]:
    """Return the NFTs by owner; fail when the pass is not complete."""
    assert isinstance(outcome, CompletePass), outcome
    return {owner: {holding.asset for holding in holdings} for owner, holdings in outcome.owners.items()}


def wallet(number: int) -> Address:
    """Return the address of somebody on Chia."""
    return Address(Network.CHIA_MAINNET, chia_ids.encode("xch", number.to_bytes(32)))


def reason(reading: Reading | CollectionPass | int) -> UnknownReason:
    """Return why a reading, a pass or a count is unknown; fail when it is not."""
    assert isinstance(reading, Unknown), reading
    return reading.reason


class StillClock:
    """A clock that moves only when somebody sleeps, and then at once."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.elapsed += seconds


class CountingMeter:
    """A month with so many calls in it."""

    def __init__(self, calls: int = 1_000_000) -> None:
        self.left = calls
        self.kept_for_people = 0
        self.spent: list[str] = []

    async def spend(self, provider: str, urgency: Urgency = Urgency.PERSON) -> bool:
        if self.left <= (self.kept_for_people if urgency is Urgency.SWEEP else 0):
            return False
        self.left -= 1
        self.spent.append(provider)
        return True

    async def turn(self, provider: str, spacing: float) -> float:
        return 0.0

    async def close(self) -> None:
        """Nothing was taken in advance."""


@dataclass
class Said:
    """A response to be sent."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Callable[[web.BaseRequest], Said]


def always(body: bytes = b"{}", status: int = 200, headers: Mapping[str, str] | None = None) -> Script:
    """Return a script that says the same thing to everybody."""
    said = Said(body, status, headers or {})
    return lambda _: said


class ScriptedApi:
    """A loopback server that answers every request with what `say` returns for it, once `gate` is open."""

    def __init__(self) -> None:
        self.say: Script = always()
        self.requests: list[web.BaseRequest] = []
        self.bodies: list[bytes] = []
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.url = ""

    async def __aenter__(self) -> "ScriptedApi":
        self._runner = web.ServerRunner(
            web.Server(self._handle, access_log=None), handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.read())
        self.asked.set()
        await self.gate.wait()
        said = self.say(request)
        return web.Response(
            body=said.body, status=said.status, headers={"Content-Type": "application/json", **said.headers}
        )
