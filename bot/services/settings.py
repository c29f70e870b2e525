"""A server's settings."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.durations import format_duration
from bot.domain.guilds import GuildSettings
from bot.services.admins import Admin
from bot.services.ports import Clock, Store


class SettingsAdmin:
    """The use cases of `/settings`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(self, guild_id: int) -> GuildSettings:
        """A server's settings."""
        async with self._store.reading() as unit:
            return await unit.settings.get(guild_id)

    async def set_log_channel(self, admin: Admin, channel_id: int | None) -> GuildSettings:
        """Choose where the bot tells the admins what they should know; None for nowhere."""
        async with self._store.unit() as unit:
            before = await unit.settings.get(admin.guild_id)
            after = replace(before, log_channel_id=channel_id)
            await unit.settings.save(after)
            if before.log_channel_id != channel_id:
                await unit.brake_holds.show_anew(admin.guild_id, self._clock.now())
            await unit.audit.add(
                self._line(admin, "log_channel", _channel(before.log_channel_id), _channel(channel_id))
            )
        return after

    async def set_notice_channel(self, admin: Admin, channel_id: int | None) -> GuildSettings:
        """Choose where holders are told that a role ends; None: only when they use the bot."""
        async with self._store.unit() as unit:
            before = await unit.settings.get(admin.guild_id)
            after = replace(before, notice_channel_id=channel_id)
            await unit.settings.save(after)
            await unit.notices.channel_works(admin.guild_id)
            await unit.audit.add(
                self._line(admin, "notice_channel", _channel(before.notice_channel_id), _channel(channel_id))
            )
        return after

    async def set_paused(self, admin: Admin, *, paused: bool) -> GuildSettings:
        """Freeze all roles of a server, or let them follow the rules again, which then happens at once."""
        async with self._store.unit() as unit:
            before = await unit.settings.get(admin.guild_id)
            after = replace(before, paused=paused)
            await unit.settings.save(after)
            await unit.members.touch_guild(admin.guild_id)
            await unit.audit.add(self._line(admin, "paused", _yes(before.paused), _yes(paused)))
        return after

    async def set_grace(self, admin: Admin, grace: timedelta | None) -> GuildSettings:
        """Choose the grace period that new rules start with; None for the installation's default."""
        async with self._store.unit() as unit:
            before = await unit.settings.get(admin.guild_id)
            after = replace(before, grace=grace)
            await unit.settings.save(after)
            await unit.audit.add(self._line(admin, "grace", _grace(before.grace), _grace(grace)))
        return after

    async def note_panel(self, admin: Admin, channel_id: int) -> None:
        """Write down where an admin had the panel posted."""
        async with self._store.unit() as unit:
            await unit.audit.add(self._line(admin, "panel", "", _channel(channel_id)))

    def _line(self, admin: Admin, subject: str, before: str, after: str) -> AuditLine:
        return AuditLine(
            self._clock.now(), admin.guild_id, admin.user_id, AuditAction.SETTING_CHANGED, subject, before, after
        )


def _channel(channel_id: int | None) -> str:
    return "none" if channel_id is None else f"<#{channel_id}>"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _grace(grace: timedelta | None) -> str:
    return "default" if grace is None else format_duration(grace)
