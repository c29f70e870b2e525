"""The metrics, as Prometheus reads them. Each application has its own registry.

Labels are short fixed words. docs/reference/metrics.md explains each metric.
"""

from collections.abc import Callable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import generate_latest

from bot.domain.budgets import RefusalFigures
from bot.domain.canaries import CanaryReport, CanaryState
from bot.domain.challenges import Purpose
from bot.domain.ledger import RoleAction, RoleOutcome
from bot.domain.readings import UnknownReason
from bot.domain.sweeps import SweepFigures
from bot.services.metrics import ChallengeOutcome, ReadingOutcome

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class PrometheusMetrics:
    """Counts what happens and shows how things stand."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        own = self._registry
        self._challenges = Counter(
            "holdfast_challenges",
            "Challenges that were issued, proven or refused",
            ("purpose", "outcome", "reason"),
            registry=own,
        )
        self._web_links = Counter(
            "holdfast_web_links", "Links to the verify page: made, opened, or refused", ("outcome",), registry=own
        )
        self._readings = Counter(
            "holdfast_readings", "Answers of balance services", ("network", "outcome", "reason"), registry=own
        )
        self._role_writes = Counter(
            "holdfast_role_writes", "Roles written to Discord", ("action", "outcome"), registry=own
        )
        self._refusals = Counter(
            "holdfast_discord_refusals", "Answers 401, 403 and 429 of Discord to background requests", registry=own
        )
        self._requests = Counter(
            "holdfast_http_requests", "Requests answered by the web server", ("route", "status"), registry=own
        )
        self._recent_refusals = Gauge(
            "holdfast_discord_refusals_recent", "Refused requests within the last ten minutes", registry=own
        )
        self._canary = Gauge(
            "holdfast_canary", "1 for the state in which a network's canary is", ("network", "state"), registry=own
        )
        self._refusal_figures: Callable[[], RefusalFigures | None] = lambda: None
        self._canary_reports: Callable[[], Sequence[CanaryReport]] = tuple
        self._connected = Gauge("holdfast_discord_connected", "1 while connected to Discord's gateway", registry=own)
        self._wallets = Gauge("holdfast_wallets", "Linked wallets", registry=own)
        self._wallets_due = Gauge("holdfast_wallets_due", "Linked wallets whose turn to be read has come", registry=own)
        self._wallets_unknown = Gauge(
            "holdfast_wallets_unknown", "Linked wallets that cannot be read", ("reason",), registry=own
        )
        self._members = Gauge("holdfast_members", "Members that the bot knows", registry=own)
        self._members_waiting = Gauge(
            "holdfast_members_waiting", "Members whose roles wait to be reconciled", registry=own
        )
        self._roles_held = Gauge("holdfast_roles_held", "Roles that members have from the bot", registry=own)
        self._oldest = Gauge(
            "holdfast_oldest_reading_timestamp_seconds", "When the stalest linked wallet was read", registry=own
        )

    def follow(self, refusals: Callable[[], RefusalFigures], canaries: Callable[[], Sequence[CanaryReport]]) -> None:
        """Show with every rendering what these say then."""
        self._refusal_figures, self._canary_reports = refusals, canaries

    def render(self) -> bytes:
        """All metrics in the text format."""
        if (refusals := self._refusal_figures()) is not None:
            self._recent_refusals.set(refusals.used)
        for report in self._canary_reports():
            for state in CanaryState:
                self._canary.labels(report.network.value, state.value).set(1 if report.state is state else 0)
        return generate_latest(self._registry)

    def challenge(self, purpose: Purpose, outcome: ChallengeOutcome, reason: str = "") -> None:
        """A challenge was handed out, answered well, or refused."""
        self._challenges.labels(purpose.value, outcome.value, reason).inc()

    def web_link(self, outcome: str) -> None:
        """A link to the verify page was made or opened, or refused with that code."""
        self._web_links.labels(outcome).inc()

    def reading(self, network: str, outcome: ReadingOutcome, reason: str = "") -> None:
        """A provider was asked about a wallet."""
        self._readings.labels(network, outcome.value, reason).inc()

    def role_write(self, action: RoleAction, outcome: RoleOutcome) -> None:
        """A role was written to Discord, or not."""
        self._role_writes.labels(action.value, outcome.value).inc()

    def discord_refusal(self) -> None:
        """Discord refused a request."""
        self._refusals.inc()

    def http_request(self, route: str, status: int) -> None:
        """A request was answered; `route` is a route's template, never a path."""
        self._requests.labels(route, str(status)).inc()

    def connected(self, is_connected: bool) -> None:
        """Whether the bot is connected to Discord."""
        self._connected.set(1 if is_connected else 0)

    def figures(self, figures: SweepFigures | None) -> None:
        """How re-verification stands; None leaves the last figures."""
        if figures is None:
            return
        self._wallets.set(figures.wallets)
        self._wallets_due.set(figures.wallets_due)
        unknown = dict(figures.wallets_unknown)
        for reason in UnknownReason:
            self._wallets_unknown.labels(reason.value).set(unknown.get(reason, 0))
        self._members.set(figures.members)
        self._members_waiting.set(figures.members_waiting)
        self._roles_held.set(figures.roles_held)
        if figures.oldest_reading is not None:
            self._oldest.set(figures.oldest_reading.timestamp())
