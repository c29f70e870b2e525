"""The doctor's findings as a host sees them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.durations import format_duration
from bot.services.doctor import CheckResult, CheckStatus

_MARK: Final = {CheckStatus.GOOD: "ok  ", CheckStatus.WARNING: "warn", CheckStatus.BAD: "BAD "}
_INDENT: Final = "      "
_MOMENT: Final = re.compile(r"<t:(\d+):R>")
_CHANNEL: Final = re.compile(r"<#(\d+)>")
_USER: Final = re.compile(r"<@(\d+)>")
_ROLE: Final = re.compile(r"<@&(\d+)>")
_ESCAPE: Final = re.compile(r"\\([\\*_~`|<>\[\]#@])")


@dataclass(frozen=True, slots=True)
class ServerFindings:
    """One server and what was found there."""

    guild_id: int
    name: str
    results: Sequence[CheckResult]


@dataclass(frozen=True, slots=True)
class Report:
    """All findings."""

    version: str
    at: datetime
    host: Sequence[CheckResult]
    servers: Sequence[ServerFindings]
    servers_left_out: int
    clean: Callable[[str], str]
    """Takes secrets out of a text."""

    @property
    def has_failures(self) -> bool:
        """Whether something is really wrong."""
        return self._count(CheckStatus.BAD) > 0

    def as_text(self) -> str:
        """For people."""
        return "\n".join(self._lines())

    def as_json(self) -> str:
        """For support and programs."""
        document = {
            "version": self.version,
            "examined_at": self.at.isoformat(timespec="seconds"),
            "checks": [self._as_mapping(result) for result in self.host],
            "servers": [
                {
                    "id": str(server.guild_id),
                    "name": self.clean(server.name),
                    "checks": [self._as_mapping(result) for result in server.results],
                }
                for server in self.servers
            ],
            "servers_left_out": self.servers_left_out,
        }
        return json.dumps(document, ensure_ascii=False, indent=2)

    def _lines(self) -> Iterator[str]:
        yield f"Holdfast {self.version}: the installation"
        yield from self._about(self.host)
        for server in self.servers:
            yield ""
            yield f"Server “{_one_line(self.clean(server.name))}” ({server.guild_id})"
            yield from self._about(server.results)
        if self.servers_left_out:
            yield ""
            yield f"{self.servers_left_out} more servers were not examined. `/doctor` does it in each of them."
        yield ""
        yield self._sum()

    def _about(self, results: Sequence[CheckResult]) -> Iterator[str]:
        for result in results:
            yield f"{_MARK[result.status]}  {self._shown(result.label)}: {self._shown(result.reason)}"
            if result.fix:
                yield f"{_INDENT}-> {self._shown(result.fix)}"

    def _sum(self) -> str:
        bad, warnings = self._count(CheckStatus.BAD), self._count(CheckStatus.WARNING)
        if not bad and not warnings:
            return "All is well."
        parts = []
        if bad:
            parts.append(f"{bad} {'thing needs' if bad == 1 else 'things need'} to be put right")
        if warnings:
            parts.append(f"{warnings} {'is' if warnings == 1 else 'are'} worth a look")
        return ", ".join(parts) + "."

    def _count(self, status: CheckStatus) -> int:
        everything = [*self.host, *(result for server in self.servers for result in server.results)]
        return sum(result.status is status for result in everything)

    def _as_mapping(self, result: CheckResult) -> Mapping[str, str]:
        return {
            "label": self._shown(result.label),
            "status": result.status.value,
            "reason": self._shown(result.reason),
            "fix": self._shown(result.fix),
        }

    def _shown(self, text: str) -> str:
        return self.clean(in_terminal(text, self.at))


def in_terminal(text: str, now: datetime) -> str:
    """Translate Discord's markup: times, mentions, and names that were kept from being markup."""
    text = _MOMENT.sub(lambda found: _when(int(found[1]), now), text)
    text = _CHANNEL.sub(r"channel \1", text)
    text = _ROLE.sub(r"role \1", text)
    text = _USER.sub(r"user \1", text)
    return _one_line(_ESCAPE.sub(r"\1", text))


def _when(seconds: int, now: datetime) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    span = at - now
    whole = 60 if abs(span.total_seconds()) >= 60 else 1
    rough = format_duration(abs(span) - abs(span) % timedelta(seconds=whole))
    words = "now" if rough == "0" else f"in {rough}" if span.total_seconds() > 0 else f"{rough} ago"
    return f"{words} ({at:%Y-%m-%d %H:%M} UTC)"


def _one_line(text: str) -> str:
    """A name may hold what moves a terminal's cursor."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
