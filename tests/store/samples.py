"""Domain objects that the store's tests write down."""

from datetime import UTC, datetime, timedelta

from bot.domain.addresses import Address
from bot.domain.challenges import ChallengeTerms, ProofKind, Purpose
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import Network
from bot.store.store import SqlStore

NOW = datetime(2025, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

GUILD = 1_100_000_000_000_000_001
OTHER_GUILD = 1_100_000_000_000_000_002
ROLE = 1_200_000_000_000_000_001
OTHER_ROLE = 1_200_000_000_000_000_002
ALICE = 9_223_372_036_854_775_001  # as large as a snowflake can get
BOB = 1_300_000_000_000_000_002


def loopring(number: int) -> Address:
    return Address(Network.LOOPRING, f"0x{number:040x}")


def held(*assets: str, amount: int = 1) -> Holdings:
    return Holdings.of(Holding(asset, None, amount) for asset in assets)


def terms(nonce: str = "00" * 16, user_id: int = ALICE, address: Address | None = None) -> ChallengeTerms:
    return ChallengeTerms(
        network=Network.LOOPRING,
        purpose=Purpose.LINK,
        user_id=user_id,
        username="alice",
        guild_id=GUILD,
        nonce=nonce,
        issued_at=NOW,
        expires_at=NOW + 10 * MINUTE,
        address=address,
    )


async def link(store: SqlStore, address: Address, user_id: int, guild_id: int = GUILD, at: datetime = NOW) -> int:
    """Link an address to a user who is present in the server; returns the wallet's id."""
    async with store.unit() as unit:
        await unit.members.meet(guild_id, user_id, at)
        wallet = await unit.wallets.ensure(address, at)
        await unit.links.add(wallet.id, user_id, guild_id, ProofKind.EOA, at)
        return wallet.id
