import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.domain.addresses import Address
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.challenges import ProofKind
from bot.domain.holdings import Holdings
from bot.domain.intervals import Interval
from bot.domain.ledger import (
    Evidence,
    JournalEntry,
    LedgerEntry,
    LedgerState,
    ReadingUsed,
    RoleAction,
    RoleOutcome,
)
from bot.domain.links import LinkEnd
from bot.domain.privacy import AskedBy, Deletion, Withdrawal
from bot.domain.protections import Protection
from bot.services.repositories import UnitOfWork
from bot.store.store import SqlStore
from tests.store.samples import (
    ALICE,
    BOB,
    DAY,
    GUILD,
    HOUR,
    MINUTE,
    NOW,
    OTHER_GUILD,
    ROLE,
    held,
    link,
    loopring,
)

NOBODY = -4711
DELETION = Deletion(ALICE, NOW, AskedBy.MEMBER, NOW + MINUTE)


def journal_line(user_id: int = ALICE, at: datetime = NOW) -> JournalEntry:
    evidence = Evidence("friends >= 2", (("friends", Interval(2, 2)),), (ReadingUsed("0x12…34", "loopring", NOW),))
    return JournalEntry(at, GUILD, user_id, ROLE, RoleAction.GIVE, RoleOutcome.DONE, evidence)


async def hold(store: SqlStore, address: Address, user_id: int = ALICE) -> int:
    """Link a wallet that holds something."""
    wallet_id = await link(store, address, user_id)
    async with store.unit() as unit:
        wallet = await unit.wallets.get(wallet_id)
        assert wallet is not None
        await unit.wallets.save(replace(wallet, holdings=held("0xaa", amount=2**70), read_at=NOW))
    return wallet_id


async def pass_on(unit: UnitOfWork, address: Address, first: int, then: int | None = None) -> None:
    """Link a wallet to one member and then to another, or to nobody."""
    wallet = await unit.wallets.ensure(address, NOW)
    await unit.links.add(wallet.id, first, GUILD, ProofKind.EOA, NOW)
    held_by = await unit.links.live(address)
    assert held_by is not None
    await unit.links.end(held_by.id, LinkEnd.TRANSFERRED, NOW)
    if then is not None:
        await unit.links.add(wallet.id, then, GUILD, ProofKind.EOA, NOW)


class TestOptOuts:
    async def test_a_member_is_out_until_they_are_in_again(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            assert await unit.opt_outs.add(GUILD, ALICE, NOW)
            assert not await unit.opt_outs.add(GUILD, ALICE, NOW + MINUTE)
            assert await unit.opt_outs.of_guild(GUILD) == {ALICE}
            assert await unit.opt_outs.withdrawal(GUILD, ALICE) is Withdrawal.OPTED_OUT
            assert await unit.opt_outs.withdrawal(OTHER_GUILD, ALICE) is None
            assert await unit.opt_outs.withdrawal(GUILD, BOB) is None
            assert await unit.opt_outs.remove(GUILD, ALICE)
            assert not await unit.opt_outs.remove(GUILD, ALICE)
            assert await unit.opt_outs.withdrawal(GUILD, ALICE) is None

    async def test_who_is_being_forgotten_counts_nowhere(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            await unit.opt_outs.add(GUILD, ALICE, NOW)
            await unit.deletions.ask(DELETION)
            assert await unit.opt_outs.withdrawal(GUILD, ALICE) is Withdrawal.FORGETTING
            assert await unit.opt_outs.withdrawal(OTHER_GUILD, ALICE) is Withdrawal.FORGETTING


class TestDeletions:
    async def test_one_waits_for_its_time_and_says_what_is_in_the_way(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            await unit.deletions.ask(DELETION)
            assert await unit.deletions.get(ALICE) == DELETION
            assert await unit.deletions.get(BOB) is None
            assert await unit.deletions.due(NOW, 9) == []
            assert await unit.deletions.due(NOW + MINUTE, 9) == [DELETION]
            await unit.deletions.postpone(ALICE, NOW + HOUR, "Discord is away")
            waiting = replace(DELETION, due_at=NOW + HOUR, failures=1, obstacle="Discord is away")
            assert await unit.deletions.get(ALICE) == waiting

    async def test_asking_again_makes_it_due_again_but_not_newer(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            await unit.deletions.ask(DELETION)
            await unit.deletions.postpone(ALICE, NOW + HOUR, "Discord is away")
            await unit.deletions.ask(Deletion(ALICE, NOW + DAY, AskedBy.HOST, NOW + DAY))
            again = replace(DELETION, due_at=NOW + DAY, obstacle="Discord is away")
            assert await unit.deletions.get(ALICE) == again


class TestForgetting:
    async def test_wallets_go_with_what_they_hold_unless_somebody_else_has_to_do_with_them(
        self, store: SqlStore
    ) -> None:
        own = await hold(store, loopring(1))
        async with store.unit() as unit:  # a wallet that went from Bob to Alice, and one the other way
            await pass_on(unit, loopring(2), BOB, ALICE)
            await pass_on(unit, loopring(3), ALICE, BOB)
        async with store.unit() as unit:
            await unit.personal.forget(ALICE, NOBODY)
        async with store.unit() as unit:
            assert await unit.wallets.get(own) is None
            assert await unit.links.of_user(ALICE) == []
            assert [one.wallet.address for one in await unit.links.of_user(BOB)] == [loopring(3)]
            assert await unit.links.live(loopring(2)) is None
            again = await unit.wallets.ensure(loopring(1), NOW)
            assert again.holdings == Holdings()

    async def test_the_journal_keeps_what_was_done_and_not_to_whom(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            await unit.journal.add(journal_line())
            await unit.journal.add(journal_line(BOB))
            await unit.personal.forget(ALICE, NOBODY)
            bobs, anonymous = await unit.journal.recent(GUILD, 9)
            assert bobs == journal_line(BOB)
            blank = replace(journal_line().evidence, readings=(ReadingUsed("", "loopring", NOW),))
            assert anonymous == replace(journal_line(NOBODY), evidence=blank)

    async def test_audit_lines_keep_what_was_done_and_not_by_or_to_whom(self, store: SqlStore) -> None:
        short = loopring(1).short
        await link(store, loopring(1), ALICE)
        lines = [
            AuditLine(NOW, GUILD, ALICE, AuditAction.RULE_ADDED, "Holder", "", "friends >= 2"),
            AuditLine(NOW, GUILD, BOB, AuditAction.MEMBER_PROTECTED, f"<@{ALICE}>", "", f"{short}, {ALICE}0"),
            AuditLine(NOW, GUILD, BOB, AuditAction.WALLET_TRANSFERRED, f"{short} on loopring", str(ALICE), str(BOB)),
            AuditLine(NOW, GUILD, BOB, AuditAction.RULE_ADDED, f"{ALICE}1", "", f"-{ALICE}"),
        ]
        async with store.unit() as unit:
            for line in lines:
                await unit.audit.add(line)
            await unit.personal.forget(ALICE, NOBODY)
            left = list(reversed(await unit.audit.recent(GUILD, 9)))
        assert left == [
            replace(lines[0], actor_id=NOBODY),
            replace(lines[1], subject=f"<@{NOBODY}>", after=f"a wallet, {ALICE}0"),
            replace(lines[2], subject="a wallet", before=str(NOBODY)),
            lines[3],
        ]

    async def test_a_protection_of_somebody_else_stays_without_whoever_made_it(self, store: SqlStore) -> None:
        made = Protection(GUILD, BOB, ROLE, None, f"asked for by <@{ALICE}>", ALICE, NOW)
        async with store.unit() as unit:
            await unit.protections.save(made)
            await unit.protections.save(replace(made, user_id=ALICE))
            await unit.personal.forget(ALICE, NOBODY)
            anonymous = replace(made, reason=f"asked for by <@{NOBODY}>", protected_by=NOBODY)
            assert await unit.protections.of_guild(GUILD, NOW) == [anonymous]

    async def test_an_unfinished_deletion_goes_with_the_rest(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            await unit.deletions.ask(DELETION)
            await unit.opt_outs.add(GUILD, ALICE, NOW)
            await unit.opt_outs.add(GUILD, BOB, NOW)
            await unit.personal.forget(ALICE, NOBODY)
            assert await unit.deletions.get(ALICE) is None
            assert await unit.opt_outs.of_guild(GUILD) == {BOB}


class TestRaces:
    async def test_a_wallet_that_is_linked_while_it_is_forgotten_is_there_afterwards(
        self, store: SqlStore, database_url: str, open_store: Callable[[str], SqlStore]
    ) -> None:
        stores = [store, open_store(database_url)]

        async def link_bob(number: int) -> None:
            async with stores[number % 2].unit() as unit:
                await unit.members.meet(GUILD, BOB, NOW)
                wallet = await unit.wallets.ensure(loopring(number), NOW)
                await asyncio.sleep(0)
                await unit.links.add(wallet.id, BOB, GUILD, ProofKind.EOA, NOW)

        async def forget_alice(number: int) -> None:
            async with stores[number % 2].unit() as unit:
                await unit.personal.forget(ALICE, NOBODY)

        for number in range(20):
            async with store.unit() as unit:
                await pass_on(unit, loopring(number), ALICE)
            await asyncio.gather(forget_alice(number), link_bob(number), forget_alice(number + 1))
        async with store.unit() as unit:
            assert len(await unit.links.of_user(BOB)) == 20


class TestExport:
    async def test_wallets_are_named_in_full_with_what_they_hold(self, store: SqlStore) -> None:
        await hold(store, loopring(1))
        async with store.unit() as unit:
            data = await unit.personal.of_user(ALICE)
        (one,) = data["links"]
        assert one["address"] == loopring(1).display
        assert one["network"] == "loopring"
        assert one["user_id"] == str(ALICE)
        assert one["proven_at"] == NOW.isoformat()
        assert [holding["amount"] for holding in data["holdings"]] == [str(2**70)]
        assert [wallet["address"] for wallet in data["wallets"]] == [loopring(1).text]

    async def test_a_wallet_that_was_lost_is_named_but_not_what_its_new_owner_holds(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            await pass_on(unit, loopring(1), ALICE, BOB)
            data = await unit.personal.of_user(ALICE)
        assert [one["end_reason"] for one in data["links"]] == ["transferred"]
        assert data["wallets"] == data["holdings"] == []

    async def test_other_people_are_left_out(self, store: SqlStore) -> None:
        transfer = AuditLine(NOW, GUILD, BOB, AuditAction.WALLET_TRANSFERRED, "0x12…34", str(ALICE), str(BOB))
        protection = AuditLine(NOW, GUILD, BOB, AuditAction.MEMBER_PROTECTED, f"<@{ALICE}> not <@{BOB}>")
        async with store.unit() as unit:
            await unit.audit.add(transfer)
            await unit.audit.add(protection)
            await unit.audit.add(AuditLine(NOW, GUILD, BOB, AuditAction.RULE_ADDED, "Holder"))
            lines = (await unit.personal.of_user(ALICE))["audit_lines"]
        assert [(line["actor_id"], line["before"], line["after"]) for line in lines] == [
            ("somebody else", str(ALICE), "somebody else"),
            ("somebody else", "", ""),
        ]
        assert lines[1]["subject"] == f"<@{ALICE}> not somebody else"

    async def test_of_somebody_unknown_there_is_nothing(self, store: SqlStore) -> None:
        await hold(store, loopring(1), BOB)
        async with store.unit() as unit:
            assert not any((await unit.personal.of_user(ALICE)).values())


class TestRetention:
    async def test_who_left_everywhere_long_ago_is_found(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            for guild_id in (GUILD, OTHER_GUILD):
                await unit.members.meet(guild_id, ALICE, NOW)
                await unit.members.meet(guild_id, BOB, NOW)
                await unit.members.mark_left(guild_id, ALICE, None)
            await unit.members.mark_left(GUILD, BOB, None)
            await unit.retention.note_absences(NOW)
            await unit.retention.note_absences(NOW + DAY)  # the first time counts
            assert await unit.retention.absent_since(NOW - MINUTE, 9) == []
            assert await unit.retention.absent_since(NOW, 9) == [ALICE]
            assert await unit.retention.is_absent_since(ALICE, NOW)
            assert not await unit.retention.is_absent_since(BOB, NOW)

    async def test_who_came_back_or_is_being_forgotten_is_not_found(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            for user_id in (ALICE, BOB):
                await unit.members.meet(GUILD, user_id, NOW)
                await unit.members.mark_left(GUILD, user_id, None)
            await unit.retention.note_absences(NOW)
            await unit.members.meet(GUILD, ALICE, NOW + MINUTE)
            await unit.deletions.ask(replace(DELETION, user_id=BOB))
            assert await unit.retention.absent_since(NOW + DAY, 9) == []
            await unit.members.mark_left(GUILD, ALICE, None)
            await unit.retention.note_absences(NOW + DAY)
            assert await unit.retention.absent_since(NOW + HOUR, 9) == []
            assert await unit.retention.absent_since(NOW + DAY, 9) == [ALICE]

    async def test_a_server_goes_with_all_its_rows_and_its_members_are_then_found(self, store: SqlStore) -> None:
        await hold(store, loopring(1))
        async with store.unit() as unit:
            await unit.ledger.save(LedgerEntry(GUILD, ALICE, ROLE, LedgerState.HELD, NOW))
            await unit.ledger.save(LedgerEntry(OTHER_GUILD, ALICE, ROLE, LedgerState.HELD, NOW))
            await unit.journal.add(journal_line())
            await unit.audit.add(AuditLine(NOW, GUILD, ALICE, AuditAction.RULE_ADDED, "Holder"))
            await unit.retention.note_departure(GUILD, NOW)
            await unit.retention.note_departure(GUILD, NOW + DAY)
            assert await unit.retention.known_guilds(0, 9) == [GUILD, OTHER_GUILD]
            assert await unit.retention.known_guilds(GUILD, 9) == [OTHER_GUILD]
            assert await unit.retention.departed_before(NOW - MINUTE, 9) == []
            assert await unit.retention.departed_before(NOW, 9) == [GUILD]
            while await unit.retention.forget_guild(GUILD):
                pass
            assert await unit.retention.departed_before(NOW + DAY, 9) == []
            assert await unit.retention.known_guilds(0, 9) == [OTHER_GUILD]
            assert await unit.journal.recent(GUILD, 9) == []
            assert len(await unit.links.of_user(ALICE)) == 1
            assert await unit.retention.absent_since(NOW, 9) == [ALICE]

    async def test_a_server_that_comes_back_has_its_members_looked_at(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            await unit.members.meet(GUILD, ALICE, NOW)
            await unit.members.forget_guild(GUILD)
            await unit.retention.note_return(GUILD, NOW)
            assert await unit.members.due(NOW, 9) == []
            await unit.retention.note_departure(GUILD, NOW)
            await unit.retention.note_return(GUILD, NOW + DAY)
            assert [member.user_id for member in await unit.members.due(NOW + DAY, 9)] == [ALICE]

    async def test_old_records_go_in_batches_and_newer_ones_stay(self, store: SqlStore) -> None:
        async with store.unit() as unit:
            for minute in range(3):
                await unit.journal.add(journal_line(at=NOW + minute * MINUTE))
                line = AuditLine(NOW + minute * MINUTE, GUILD, ALICE, AuditAction.RULE_ADDED, "Holder")
                await unit.audit.add(line)
            await pass_on(unit, loopring(1), ALICE)
            await pass_on(unit, loopring(2), ALICE, BOB)
            assert await unit.retention.prune(NOW) == 0
            before = NOW + 2 * MINUTE
            assert await unit.retention.prune(before) == 6
            assert await unit.retention.prune(before) == 0
            assert [line.at for line in await unit.journal.recent(GUILD, 9)] == [before]
            assert [line.at for line in await unit.audit.recent(GUILD, 9)] == [before]
            assert [one.wallet.address for one in await unit.links.of_user(BOB)] == [loopring(2)]
            assert not (await unit.personal.of_user(ALICE))["links"]
