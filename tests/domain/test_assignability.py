from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assignability import (
    ADMINISTRATOR,
    MANAGE_ROLES,
    dangerous_permissions,
    why_not_allowed,
    why_not_assignable,
)
from bot.domain.guilds import GuildSnapshot, RoleSnapshot

GUILD, OWNER, ADMIN = 1, 50, 51
EVERYONE, HOLDER, BOT, MODERATOR, BOOSTER = GUILD, 10, 20, 30, 40
SEND_MESSAGES = 1 << 11


def role(role_id: int, position: int, permissions: int = 0, *, managed: bool = False) -> RoleSnapshot:
    return RoleSnapshot(role_id, f"role {role_id}", position, permissions, managed)


def guild(
    *changed: RoleSnapshot, bot_role_ids: frozenset[int] = frozenset({BOT}), mfa_blocks_bot: bool = False
) -> GuildSnapshot:
    """A server in which all is well: holder < bot < moderator. Changed roles stand in for those with the same id."""
    roles = {
        EVERYONE: role(EVERYONE, 0, SEND_MESSAGES),
        HOLDER: role(HOLDER, 1),
        BOOSTER: role(BOOSTER, 2, managed=True),
        BOT: role(BOT, 3, MANAGE_ROLES, managed=True),
        MODERATOR: role(MODERATOR, 4, MANAGE_ROLES),
    } | {item.id: item for item in changed}
    return GuildSnapshot(GUILD, "Server", OWNER, tuple(roles.values()), bot_role_ids, mfa_blocks_bot)


def refusal(server: GuildSnapshot, role_id: int = HOLDER) -> str:
    reason = why_not_assignable(server, role_id)
    assert reason is not None
    return reason


class TestTheBot:
    def test_can_hand_out_an_ordinary_role_below_its_own(self) -> None:
        assert why_not_assignable(guild(), HOLDER) is None

    def test_cannot_hand_out_a_role_that_was_deleted(self) -> None:
        assert refusal(guild(), 99) == "The role does not exist any more. Choose another one."

    def test_cannot_hand_out_everyone(self) -> None:
        assert refusal(guild(), EVERYONE).startswith("@everyone is on every member already")

    def test_cannot_hand_out_a_managed_role(self) -> None:
        reason = refusal(guild(), BOOSTER)
        assert f"“role {BOOSTER}” is managed" in reason
        assert "Choose or make an ordinary role." in reason

    def test_needs_the_permission(self) -> None:
        reason = refusal(guild(role(BOT, 3)))
        assert "lacks the Manage Roles permission" in reason
        assert "Server Settings > Roles" in reason

    @pytest.mark.parametrize(
        "changed",
        [role(BOT, 3, ADMINISTRATOR), role(EVERYONE, 0, MANAGE_ROLES)],
        ids=["by being an administrator", "from @everyone"],
    )
    def test_may_have_the_permission(self, changed: RoleSnapshot) -> None:
        without_own = replace(guild().roles[3], permissions=0)
        assert why_not_assignable(guild(without_own, changed), HOLDER) is None

    @pytest.mark.parametrize("position", [3, 4])
    @pytest.mark.parametrize("permissions", [MANAGE_ROLES, ADMINISTRATOR])
    def test_cannot_reach_a_role_beside_or_above_its_own(self, position: int, permissions: int) -> None:
        reason = refusal(guild(role(HOLDER, position), role(BOT, 3, permissions)))
        assert f"“role {HOLDER}” is not below Holdfast's own highest role" in reason
        assert f"Drag Holdfast's role above “role {HOLDER}”" in reason

    def test_reaches_as_far_as_the_highest_of_its_roles(self) -> None:
        high = guild(role(HOLDER, 3), bot_role_ids=frozenset({BOT, MODERATOR}))
        assert why_not_assignable(high, HOLDER) is None

    def test_without_any_role_reaches_nothing(self) -> None:
        rights_for_all = role(EVERYONE, 0, MANAGE_ROLES)
        assert "not below" in refusal(guild(rights_for_all, role(HOLDER, 0), bot_role_ids=frozenset()))

    def test_is_stopped_by_missing_two_factor_authentication_of_its_owner(self) -> None:
        reason = refusal(guild(mfa_blocks_bot=True))
        assert "two-factor authentication" in reason
        assert "The owner must switch it on" in reason

    @given(
        st.builds(role, st.just(HOLDER), st.integers(0, 5), st.integers(0, 1 << 50), managed=st.booleans()),
        st.builds(role, st.just(BOT), st.integers(0, 5), st.integers(0, 1 << 50)),
        st.booleans(),
    )
    def test_hands_out_only_what_lies_strictly_below_it(
        self, target: RoleSnapshot, own: RoleSnapshot, mfa_blocks_bot: bool
    ) -> None:
        if why_not_assignable(guild(target, own, mfa_blocks_bot=mfa_blocks_bot), HOLDER) is None:
            assert target.position < own.position
            assert own.permissions & (MANAGE_ROLES | ADMINISTRATOR)
            assert not target.managed
            assert not mfa_blocks_bot


class TestAnAdmin:
    def test_may_make_a_rule_for_a_role_below_their_own(self) -> None:
        assert why_not_allowed(guild(), HOLDER, ADMIN, frozenset({MODERATOR})) is None

    def test_needs_manage_roles_themselves(self) -> None:
        for roles in (frozenset[int](), frozenset({HOLDER})):
            reason = why_not_allowed(guild(), HOLDER, ADMIN, roles)
            assert reason == "You need the Manage Roles permission yourself to make a rule that hands out a role."

    @pytest.mark.parametrize("position", [4, 5])
    @pytest.mark.parametrize("permissions", [MANAGE_ROLES, ADMINISTRATOR])
    def test_may_not_hand_out_a_role_beside_or_above_their_own(self, position: int, permissions: int) -> None:
        server = guild(role(HOLDER, position), role(MODERATOR, 4, permissions))
        reason = why_not_allowed(server, HOLDER, ADMIN, frozenset({MODERATOR}))
        assert reason is not None
        assert f"“role {HOLDER}” is not below your own highest role" in reason
        assert "Ask somebody with a higher role, or the server's owner." in reason

    def test_may_not_hand_out_the_role_that_makes_them_admin(self) -> None:
        assert why_not_allowed(guild(), MODERATOR, ADMIN, frozenset({MODERATOR})) is not None

    def test_who_is_an_administrator_needs_no_manage_roles(self) -> None:
        server = guild(role(MODERATOR, 4, ADMINISTRATOR))
        assert why_not_allowed(server, HOLDER, ADMIN, frozenset({MODERATOR})) is None

    def test_who_owns_the_server_may_do_it_all(self) -> None:
        assert why_not_allowed(guild(role(HOLDER, 9)), HOLDER, OWNER, frozenset()) is None

    def test_hears_of_a_deleted_role_from_the_other_check(self) -> None:
        assert why_not_allowed(guild(), 99, ADMIN, frozenset()) is None


class TestARoleThatIsARisk:
    def test_is_named_with_what_it_allows(self) -> None:
        assert dangerous_permissions(role(HOLDER, 1, ADMINISTRATOR | 1 << 2)) == ("Ban Members", "Administrator")

    def test_is_not_one_that_only_lets_people_talk(self) -> None:
        assert dangerous_permissions(role(HOLDER, 1, SEND_MESSAGES)) == ()
