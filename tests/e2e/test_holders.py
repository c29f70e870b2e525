"""`/holders export`: a rule's holders with their evidence; addresses only after a second word."""

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest

from bot.sandbox.balances import Fault
from bot.sandbox.discord import InteractionResult, Role, User
from bot.sandbox.wallets import ChiaTestWallet
from bot.services.exporting import KEY_NOTE
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE, BOB = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("bob")
CONFIRM = "Export with addresses"


@pytest.fixture
def settings(database_url: str) -> dict[str, str]:
    return {"HOLDFAST_DATABASE__URL": database_url}


@pytest.fixture
async def members(server: Server) -> tuple[User, User]:
    """Two holders, the first with two friends."""
    server.stage.discord.rate_limits.enabled = False
    await server.add_friends()
    await server.add_rule(server.role("Holder"), "friends")
    users = server.joined("alice"), server.joined("bob")
    for number, (user, wallet) in enumerate(zip(users, (ALICE, BOB), strict=True)):
        server.hand(wallet, *[friend(10 * number + one) for one in range(2 - number)])
        assert "Linked" in (await server.link(user, wallet)).text
        await server.gives(user, holder_of(server))
    await recorded(server, 2)
    return users


async def recorded(server: Server, holders: int) -> None:
    """Wait until the ledger knows what Discord shows already."""

    async def is_known() -> bool:
        async with server.stage.holdfast.store.unit() as unit:
            held, _ = await unit.ledger.count(server.guild.id, holder_of(server).id)
        return held == holders

    await eventually(is_known)


def holder_of(server: Server) -> Role:
    return server.guild.role_named("Holder")


async def export(server: Server, file_format: str = "csv", **options: bool) -> InteractionResult:
    return await server.use(server.owner, "holders export", role=holder_of(server), format=file_format, **options)


async def with_addresses(server: Server, file_format: str = "csv") -> InteractionResult:
    asked = await export(server, file_format, addresses=True)
    assert not asked.files
    await (await asked.press(CONFIRM)).settled()
    return await asked.until(lambda shown: "exported" in shown.text)


def rows(answer: InteractionResult) -> list[dict[str, str]]:
    (file,) = answer.files
    return list(csv.DictReader(io.StringIO(file.data.decode())))


async def test_the_file_says_who_holds_what_since_when_and_from_which_source(
    server: Server, members: tuple[User, User]
) -> None:
    answer = await export(server)
    assert answer.ephemeral
    assert "2 holders exported" in answer.text
    (file,) = answer.files
    assert f"`{hashlib.sha256(file.data).hexdigest()}`" in answer.text
    assert f"`{file.filename}`" in answer.text
    found = {row["user_id"]: row for row in rows(answer)}
    assert set(found) == {str(user.id) for user in members}
    first = found[str(members[0].id)]
    assert (first["network"], first["collection"], first["count"]) == ("chia-mainnet", "friends", "2")
    assert (first["standing"], first["evidence"], first["source"]) == ("entitled", "current", "spacescan")
    assert first["read_at"]
    assert first["role_since"]
    for wallet in (ALICE, BOB):
        assert wallet.address.text not in file.data.decode()
        assert wallet.address.short not in file.data.decode()


async def test_pseudonyms_are_the_same_in_every_export_of_a_server_and_others_elsewhere(
    server: Server, members: tuple[User, User]
) -> None:
    def names(answer: InteractionResult) -> dict[str, str]:
        return {row["user_id"]: row["wallet"] for row in rows(answer)}

    first = names(await export(server))
    await server.stage.restart_bot()
    assert names(await export(server)) == first
    elsewhere = Server.opened(server.stage, "Elsewhere")
    elsewhere.joined(members[0])
    await elsewhere.add_friends()
    await elsewhere.add_rule(elsewhere.role("Holder"), "friends")
    await elsewhere.use(members[0], "wallet list")
    await elsewhere.gives(members[0], holder_of(elsewhere))
    await recorded(elsewhere, 1)
    assert names(await export(elsewhere))[str(members[0].id)] != first[str(members[0].id)]
    async with server.stage.holdfast.store.unit() as unit:
        key = await unit.notes.get(KEY_NOTE)
    assert key is not None
    assert len(bytes.fromhex(key)) == 32


async def test_addresses_need_a_second_word_and_leave_a_line(server: Server, members: tuple[User, User]) -> None:
    await server.use(server.owner, "settings set", log_channel=server.log)
    answer = await with_addresses(server)
    assert {row["wallet"] for row in rows(answer)} == {ALICE.address.text, BOB.address.text}
    digest = hashlib.sha256(answer.files[0].data).hexdigest()
    await server.stage.discord.until(
        lambda: any(digest in one.content and "full addresses" in one.content for one in server.log.messages)
    )
    assert "Holders exported" in (await server.use(server.owner, "settings audit")).text


async def test_the_second_word_still_counts_after_a_restart_but_not_for_long(
    server: Server, clock: LeapClock, members: tuple[User, User]
) -> None:
    asked = await export(server, addresses=True)
    await server.stage.restart_bot()
    await (await asked.press(CONFIRM)).settled()
    assert (await asked.until(lambda shown: "exported" in shown.text)).files
    asked = await export(server, addresses=True)
    clock.leap(timedelta(minutes=11))
    await (await asked.press(CONFIRM)).settled()
    late = await asked.until(lambda shown: "too old" in shown.text)
    assert not late.files


async def test_who_left_or_opted_out_is_not_in_the_file(server: Server, members: tuple[User, User]) -> None:
    alice, bob = members
    await server.use(alice, "privacy optout")
    server.guild.remove_member(bob)
    await server.stage.discord.until(lambda: not server.has(alice, holder_of(server)))
    assert rows(await with_addresses(server)) == []


async def test_wallets_that_do_not_count_for_the_rule_are_not_in_the_file(
    server: Server, members: tuple[User, User]
) -> None:
    spare = ChiaTestWallet.from_seed("alice's spare")
    await server.link(members[0], spare)
    assert {row["wallet"] for row in rows(await with_addresses(server))} == {ALICE.address.text, BOB.address.text}


async def test_a_wallet_that_cannot_be_read_is_marked_and_not_left_out(
    server: Server, members: tuple[User, User]
) -> None:
    server.balances_of(ALICE).fail(Fault.SERVER_ERROR)
    await server.sweep()
    found = {row["user_id"]: row for row in rows(await export(server))}
    assert found[str(members[0].id)]["evidence"] == "unknown"
    assert found[str(members[0].id)]["standing"] == "unknown"
    assert found[str(members[0].id)]["count"] == "2"


async def test_json_has_the_same_with_a_version(server: Server, members: tuple[User, User]) -> None:
    answer = await export(server, "json")
    document = json.loads(answer.files[0].data)
    assert document["schema"] == 1
    assert document["requirement"] == "friends"
    assert document["wallets"] == "pseudonyms"
    assert {holder["user_id"] for holder in document["holders"]} == {str(user.id) for user in members}
    as_rows = {row["wallet"] for row in rows(await export(server))}
    assert {wallet["wallet"] for holder in document["holders"] for wallet in holder["wallets"]} == as_rows


async def test_a_role_without_a_rule_is_refused(server: Server) -> None:
    other = server.role("Other")
    answer = await server.use(server.owner, "holders export", role=other, format="csv")
    assert "There is no rule" in answer.text
    assert not answer.files
