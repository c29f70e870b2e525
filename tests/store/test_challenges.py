import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from bot.domain.challenges import Challenge, ChallengeTerms
from bot.domain.networks import Network
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, MINUTE, NOW, loopring, terms


@pytest.mark.parametrize(
    "given",
    [terms(address=loopring(1)), replace(terms(), network=Network.CHIA_MAINNET)],
    ids=["address named beforehand", "address follows from the proof"],
)
async def test_a_challenge_comes_back_as_it_was_handed_out(store: SqlStore, given: ChallengeTerms) -> None:
    text = "Holdfast\n\tüñïçødé 🔑\r\n"
    async with store.unit() as unit:
        challenge = await unit.challenges.add(given, text)
    assert challenge == Challenge(challenge.id, given, text)
    async with store.unit() as unit:
        assert await unit.challenges.get(challenge.id) == challenge
        assert await unit.challenges.get(404) is None


async def test_a_challenge_is_used_once_and_remembers_when(store: SqlStore) -> None:
    async with store.unit() as unit:
        challenge = await unit.challenges.add(terms(), "sign me")
        assert await unit.challenges.consume(challenge.id, NOW)
        assert not await unit.challenges.consume(challenge.id, NOW)
        assert await unit.challenges.get(challenge.id) == replace(challenge, used_at=NOW)


async def test_of_sixty_who_use_a_challenge_at_once_one_wins(store: SqlStore) -> None:
    async with store.unit() as unit:
        challenge = await unit.challenges.add(terms(), "sign me")

    async def consume() -> bool:
        async with store.unit() as unit:
            return await unit.challenges.consume(challenge.id, NOW)

    assert sum(await asyncio.gather(*(consume() for _ in range(60)))) == 1


async def test_a_challenge_that_was_used_in_a_unit_that_failed_can_be_used_again(store: SqlStore) -> None:
    async with store.unit() as unit:
        challenge = await unit.challenges.add(terms(), "sign me")

    async def use_and_fail() -> None:
        async with store.unit() as unit:
            assert await unit.challenges.consume(challenge.id, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await use_and_fail()
    async with store.unit() as unit:
        assert await unit.challenges.consume(challenge.id, NOW)


async def test_an_expired_challenge_cannot_be_used(store: SqlStore) -> None:
    async with store.unit() as unit:
        challenge = await unit.challenges.add(terms(), "sign me")
        expiry = challenge.terms.expires_at
        assert not await unit.challenges.consume(challenge.id, expiry)
        assert await unit.challenges.consume(challenge.id, expiry - timedelta(microseconds=1))


async def test_expiry_is_a_point_in_time_whatever_the_time_zone(store: SqlStore) -> None:
    async with store.unit() as unit:
        challenge = await unit.challenges.add(terms(), "sign me")
        in_india = timezone(timedelta(hours=5, minutes=30))
        late: datetime = (challenge.terms.expires_at + MINUTE).astimezone(timezone(-timedelta(hours=8)))
        early = (challenge.terms.expires_at - MINUTE).astimezone(in_india)
        assert not await unit.challenges.consume(challenge.id, late)
        assert await unit.challenges.consume(challenge.id, early)


async def test_open_challenges_are_unused_and_unexpired_ones_of_the_user(store: SqlStore) -> None:
    async with store.unit() as unit:
        used = await unit.challenges.add(terms(nonce="1"), "sign me")
        await unit.challenges.consume(used.id, NOW)
        await unit.challenges.add(terms(nonce="2"), "sign me")
        await unit.challenges.add(replace(terms(nonce="3"), expires_at=NOW), "sign me")
        await unit.challenges.add(terms(nonce="4", user_id=BOB), "sign me")
        assert await unit.challenges.open_count(ALICE, NOW) == 1
        assert await unit.challenges.open_count(ALICE, NOW + DAY) == 0


async def test_purged_challenges_are_gone_and_their_ids_are_not_used_again(store: SqlStore) -> None:
    async with store.unit() as unit:
        kept = await unit.challenges.add(terms(nonce="1"), "sign me")
        expired = await unit.challenges.add(replace(terms(nonce="2"), expires_at=NOW - DAY), "sign me")
        assert await unit.challenges.purge(NOW) == 1
        assert await unit.challenges.get(expired.id) is None
        assert await unit.challenges.get(kept.id) == kept
        newest = await unit.challenges.add(terms(nonce="3"), "sign me")
    assert newest.id > expired.id
