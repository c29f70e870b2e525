from dataclasses import replace
from datetime import timedelta

from bot.domain.drafts import DraftKind, DraftState, Proposal
from bot.store.store import SqlStore
from tests.store.samples import ALICE, GUILD, HOUR, NOW, ROLE

EDIT = Proposal(DraftKind.EDIT, ROLE, "friends >= 2", timedelta(hours=3))


async def test_a_draft_is_remembered_as_it_was_proposed(store: SqlStore) -> None:
    async with store.unit() as unit:
        draft = await unit.drafts.add(GUILD, ALICE, EDIT, "1: friends", NOW + HOUR)
        removal = await unit.drafts.add(
            GUILD, ALICE, Proposal(DraftKind.REMOVE, ROLE, take_roles=True), "1: friends", NOW + HOUR
        )
    async with store.unit() as unit:
        assert await unit.drafts.get(draft.id) == draft
        assert draft.proposal == EDIT
        assert draft.state is DraftState.OPEN
        assert await unit.drafts.get(removal.id) == removal
        assert await unit.drafts.get(removal.id + 1) is None


async def test_a_draft_is_decided_once(store: SqlStore) -> None:
    async with store.unit() as unit:
        draft = await unit.drafts.add(GUILD, ALICE, EDIT, "", NOW + HOUR)
        assert await unit.drafts.close(draft.id, DraftState.CONFIRMED)
        assert not await unit.drafts.close(draft.id, DraftState.CANCELLED)
        assert await unit.drafts.get(draft.id) == replace(draft, state=DraftState.CONFIRMED)


async def test_old_drafts_go(store: SqlStore) -> None:
    async with store.unit() as unit:
        old = await unit.drafts.add(GUILD, ALICE, EDIT, "", NOW)
        new = await unit.drafts.add(GUILD, ALICE, EDIT, "", NOW + HOUR)
        assert await unit.drafts.purge(NOW + HOUR) == 1
        assert await unit.drafts.get(old.id) is None
        assert await unit.drafts.get(new.id) == new
