import asyncio
from dataclasses import replace

import pytest

from bot.domain.challenges import Challenge, ContractEvidence, ProofKind, ProvenWallet
from bot.domain.ledger import Evidence, JournalEntry, RoleAction, RoleOutcome
from bot.domain.links import Applicant, LinkEnd
from bot.domain.web_links import PendingProof, WebLink, WebSession, digest_of
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, MINUTE, NOW, OTHER_GUILD, ROLE, loopring, terms

WHO = Applicant(ALICE, "alice", GUILD)
LINK = WebLink(digest_of("token"), WHO, "es-419", NOW, NOW + 10 * MINUTE, challenge_id=7)
SESSION = WebSession(digest_of("secret"), WHO, "de", False, NOW, NOW + 15 * MINUTE)
PROVEN = ProvenWallet(loopring(1), ProofKind.EOA)
CONTRACT = ProvenWallet(loopring(2), ProofKind.EIP_1271, ContractEvidence("ab" * 32, b"\x00\x01signature"))


async def test_a_link_comes_back_as_it_was_made_and_works_once(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.web_links.add(LINK)
        assert await unit.web_links.get(LINK.digest) == LINK
        assert await unit.web_links.get(digest_of("guess")) is None
        assert await unit.web_links.consume(LINK.digest, NOW + MINUTE)
        assert not await unit.web_links.consume(LINK.digest, NOW + MINUTE)
        assert await unit.web_links.get(LINK.digest) == replace(LINK, used_at=NOW + MINUTE)


async def test_of_twenty_who_open_a_link_at_once_one_wins(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.web_links.add(LINK)

    async def open_it() -> bool:
        async with store.unit() as unit:
            return await unit.web_links.consume(LINK.digest, NOW)

    assert sum(await asyncio.gather(*(open_it() for _ in range(20)))) == 1


async def test_an_expired_link_does_not_open(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.web_links.add(LINK)
        assert not await unit.web_links.consume(LINK.digest, LINK.expires_at)


async def test_links_are_counted_by_member_and_time(store: SqlStore) -> None:
    async with store.unit() as unit:
        for number in range(3):
            made_at = NOW + number * MINUTE
            await unit.web_links.add(replace(LINK, digest=digest_of(str(number)), created_at=made_at))
        assert await unit.web_links.made_since(ALICE, NOW) == 2
        assert await unit.web_links.made_since(ALICE, NOW - MINUTE) == 3
        assert await unit.web_links.made_since(BOB, NOW - MINUTE) == 0


async def test_a_session_lasts_until_it_expires_and_can_be_confirmed(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.web_links.add_session(SESSION)
        assert await unit.web_links.session(SESSION.digest, NOW) == SESSION
        await unit.web_links.confirm_session(SESSION.digest)
        assert await unit.web_links.session(SESSION.digest, NOW) == replace(SESSION, is_confirmed=True)
        assert await unit.web_links.session(SESSION.digest, SESSION.expires_at) is None
        assert await unit.web_links.session(digest_of("guess"), NOW) is None


@pytest.mark.parametrize("proven", [PROVEN, CONTRACT], ids=["own key", "contract"])
async def test_a_proof_waits_with_all_that_a_link_will_need(store: SqlStore, proven: ProvenWallet) -> None:
    async with store.unit() as unit:
        await unit.pending_proofs.add(SESSION.digest, WHO, proven, digest_of("code"), 3, NOW + MINUTE)
        waiting = await unit.pending_proofs.of_session(SESSION.digest, NOW)
        assert waiting is not None
        assert waiting == PendingProof(waiting.id, SESSION.digest, WHO, proven, digest_of("code"), 3, NOW + MINUTE)
        assert await unit.pending_proofs.waiting(ALICE, GUILD, NOW) == [waiting]
        for nothing in ((ALICE, OTHER_GUILD, NOW), (BOB, GUILD, NOW), (ALICE, GUILD, NOW + MINUTE)):
            assert await unit.pending_proofs.waiting(*nothing) == []


async def test_a_waiting_proof_is_taken_out_once(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.pending_proofs.add(SESSION.digest, WHO, PROVEN, digest_of("code"), 3, NOW + MINUTE)
        waiting = await unit.pending_proofs.of_session(SESSION.digest, NOW)
        assert waiting is not None
        assert await unit.pending_proofs.consume(waiting.id, NOW)
        assert not await unit.pending_proofs.consume(waiting.id, NOW)
        assert await unit.pending_proofs.of_session(SESSION.digest, NOW) is None


async def test_wrong_codes_use_up_the_tries(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.pending_proofs.add(SESSION.digest, WHO, PROVEN, digest_of("code"), 2, NOW + MINUTE)
        await unit.pending_proofs.add(digest_of("other"), WHO, PROVEN, digest_of("more"), 3, NOW + MINUTE)
        await unit.pending_proofs.count_miss(ALICE, GUILD, NOW)
        assert [one.tries_left for one in await unit.pending_proofs.waiting(ALICE, GUILD, NOW)] == [2, 1]
        await unit.pending_proofs.count_miss(BOB, GUILD, NOW)
        await unit.pending_proofs.count_miss(ALICE, GUILD, NOW)
        assert [one.tries_left for one in await unit.pending_proofs.waiting(ALICE, GUILD, NOW)] == [1]


async def test_a_session_has_one_waiting_proof_at_a_time(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.pending_proofs.add(SESSION.digest, WHO, PROVEN, digest_of("first"), 3, NOW + MINUTE)
        await unit.pending_proofs.add(SESSION.digest, WHO, CONTRACT, digest_of("second"), 3, NOW + MINUTE)
        assert [one.proven for one in await unit.pending_proofs.waiting(ALICE, GUILD, NOW)] == [CONTRACT]


async def test_what_expired_long_ago_is_thrown_away(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.web_links.add(LINK)
        await unit.web_links.add_session(SESSION)
        await unit.pending_proofs.add(SESSION.digest, WHO, PROVEN, digest_of("code"), 3, NOW + MINUTE)
        assert await unit.web_links.purge(NOW) == 0
        assert await unit.web_links.purge(NOW + DAY) == 3
        assert await unit.web_links.get(LINK.digest) is None


async def test_a_challenge_remembers_whose_browser_it_is_for(store: SqlStore) -> None:
    async with store.unit() as unit:
        challenge = await unit.challenges.add(terms(), "sign me", SESSION.digest)
        assert await unit.challenges.get(challenge.id) == Challenge(
            challenge.id, terms(), "sign me", holder=SESSION.digest
        )


async def test_a_link_of_a_contract_wallet_keeps_its_evidence(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.members.meet(GUILD, ALICE, NOW)
        wallet = await unit.wallets.ensure(CONTRACT.address, NOW)
        await unit.links.add(wallet.id, ALICE, GUILD, CONTRACT.kind, NOW, CONTRACT.evidence)
        link = await unit.links.live(CONTRACT.address)
        assert link is not None
        assert link.evidence == CONTRACT.evidence
        for why in (LinkEnd.RELEASED, LinkEnd.INVALIDATED):
            assert await unit.links.end(link.id, why, NOW) is (why is LinkEnd.RELEASED)


async def test_a_members_newest_role_changes_are_found_by_time(store: SqlStore) -> None:
    line = JournalEntry(NOW, GUILD, ALICE, ROLE, RoleAction.GIVE, RoleOutcome.DONE, Evidence("friends"))
    async with store.unit() as unit:
        for minutes in (0, 1, 2):
            await unit.journal.add(replace(line, at=NOW + minutes * MINUTE))
        await unit.journal.add(replace(line, user_id=BOB, at=NOW + 2 * MINUTE))
        found = await unit.journal.of_member_since(GUILD, ALICE, NOW + MINUTE)
    assert [entry.at for entry in found] == [NOW + 2 * MINUTE, NOW + MINUTE]
