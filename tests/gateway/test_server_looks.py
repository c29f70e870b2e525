"""Whether a channel can be posted in, worked out from what the REST API says of it."""

import pytest

from bot.domain.guilds import ChannelState, GuildSnapshot, RoleSnapshot
from bot.gateway.server_looks import channel_state

GUILD, HELPER, OWN, BOT = 1, 2, 3, 4
VIEW, SEND, ADMINISTRATOR = 1 << 10, 1 << 11, 1 << 3
BOTH = VIEW | SEND


def server(everyone: int = 0, own: int = BOTH) -> GuildSnapshot:
    roles = (
        RoleSnapshot(GUILD, "@everyone", 0, everyone, managed=False),
        RoleSnapshot(HELPER, "Helper", 1, 0, managed=False),
        RoleSnapshot(OWN, "holdfast", 2, own, managed=True),
    )
    return GuildSnapshot(GUILD, "Friends", 9, roles, frozenset({GUILD, HELPER, OWN}), mfa_blocks_bot=False)


def overwrite(target: int, *, kind: int = 0, allow: int = 0, deny: int = 0) -> dict[str, object]:
    return {"id": str(target), "type": kind, "allow": str(allow), "deny": str(deny)}


def state(*overwrites: dict[str, object], of: GuildSnapshot | None = None, guild: int = GUILD) -> ChannelState:
    data: dict[str, object] = {"guild_id": str(guild), "permission_overwrites": list(overwrites)}
    return channel_state(data, of or server(), BOT)


def test_a_channel_without_overwrites_follows_the_roles() -> None:
    assert state() is ChannelState.OPEN
    assert state(of=server(own=VIEW)) is ChannelState.CLOSED
    assert state(of=server(everyone=BOTH, own=0)) is ChannelState.OPEN


def test_a_channel_of_another_server_is_gone() -> None:
    assert state(guild=77) is ChannelState.GONE


@pytest.mark.parametrize(
    ("overwrites", "expected"),
    [
        ([overwrite(GUILD, deny=SEND)], ChannelState.CLOSED),
        ([overwrite(GUILD, deny=SEND), overwrite(OWN, allow=SEND)], ChannelState.OPEN),
        ([overwrite(HELPER, deny=SEND), overwrite(OWN, allow=SEND)], ChannelState.OPEN),
        ([overwrite(OWN, deny=SEND), overwrite(BOT, kind=1, allow=SEND)], ChannelState.OPEN),
        ([overwrite(OWN, allow=SEND), overwrite(BOT, kind=1, deny=VIEW)], ChannelState.CLOSED),
        ([overwrite(55, deny=BOTH), overwrite(66, kind=1, deny=BOTH)], ChannelState.OPEN),
    ],
)
def test_overwrites_apply_to_everyone_then_roles_then_the_bot(
    overwrites: list[dict[str, object]], expected: ChannelState
) -> None:
    assert state(*overwrites) is expected


def test_an_administrator_is_denied_nothing() -> None:
    assert state(overwrite(GUILD, deny=BOTH), of=server(own=ADMINISTRATOR)) is ChannelState.OPEN
