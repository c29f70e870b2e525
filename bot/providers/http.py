"""The one way to the balance APIs: polite, bounded, and unable to mistake an error for an answer.

What a caller gets is an `Answer` or an `Unknown` that says why there is none. Keys travel in headers only, and neither
they nor addresses appear in details, logs or exceptions.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType

import aiohttp
import stamina
from yarl import URL

from bot.domain.errors import StoreBusyError
from bot.domain.paces import step
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.alarm import Alarm
from bot.providers.checked import checked_base, checked_headers
from bot.providers.clock import Clock, SystemClock
from bot.providers.coalesce import ClosedError, Coalescer
from bot.providers.errands import urgency
from bot.providers.http_reply import Answer, understand
from bot.providers.json_body import JsonValue
from bot.providers.meter import CallMeter, Unmetered, until_next_month
from bot.providers.pace import Crowded, Pace
from bot.providers.quota_headers import DEFAULT_PAUSE, Headers, pause_for_quota, quota_windows

_log = logging.getLogger(__name__)

_KEPT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds on every call; times in seconds. The defaults suit APIs that may think for 20 seconds."""

    connect: float = 5
    read: float = 25
    total: float = 40
    tries: int = 3
    first_backoff: float = 2
    longest_backoff: float = 8
    jitter: float = 1
    patience: float = 120
    """The longest wait for a turn at the API's pace."""
    body_bytes: int = 20 * 1024 * 1024
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an API: a GET, or a POST with a body that selects and changes nothing."""

    url: URL
    body: bytes | None = None

    @property
    def method(self) -> str:
        """The word for it in HTTP."""
        return "GET" if self.body is None else "POST"


class _TryAgainError(Exception):
    """A try that may be repeated."""

    def __init__(self, outcome: Unknown) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


class _BrokenConnectionError(aiohttp.ClientError):
    """A connection that failed; its text is the kind of failure only."""


async def _once_only(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep the library from silently repeating a request whose connection fails: the meter would not see it."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenConnectionError(type(error).__name__) from None


class HttpClient:
    """The connection pool, the paces and the running calls of all providers. Close it on shutdown.

    `version` goes into the User-Agent, without which the public gateways refuse to answer. `meter` counts every
    single request.
    """

    def __init__(
        self,
        *,
        version: str,
        meter: CallMeter | None = None,
        clock: Clock | None = None,
        limits: HttpLimits | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.limits = limits or HttpLimits()
        self.meter: CallMeter = meter or Unmetered()
        self.calls: Coalescer[tuple[Endpoint, Question, object], Answer | Unknown] = Coalescer()
        self.retrying = stamina.AsyncRetryingCaller(
            attempts=self.limits.tries,
            timeout=None,
            wait_initial=self.limits.first_backoff,
            wait_max=self.limits.longest_backoff,
            wait_jitter=self.limits.jitter,
        )
        self._user_agent = f"Holdfast/{version} (+https://github.com/holdfast-bot/holdfast)"
        self._paces: dict[tuple[str, URL], Pace] = {}
        self._session: aiohttp.ClientSession | None = None

    def endpoint(
        self, *, provider: str, base_url: str, spacing: float, headers: Mapping[str, str] | None = None
    ) -> "Endpoint":
        """Open a way to one API. `spacing` is the least time between two calls, in seconds.

        Endpoints of one provider on one host share its pace and its pauses. Raise `ConfigError` for a base address or
        a header that cannot be used.
        """
        base = checked_base(provider, base_url)
        key = (provider, base.origin())
        pace = self._paces.get(key)
        if pace is None:
            pace = self._paces[key] = Pace(self.clock, spacing=step(spacing), patience=self.limits.patience)
        pace.slow_to(step(spacing))
        return Endpoint(self, provider, base, checked_headers(provider, headers or {}), pace)

    def origins(self) -> Sequence[tuple[str, URL]]:
        """Return where the opened APIs are, each with its provider's name."""
        return tuple(self._paces)

    def paused_for(self, provider: str) -> float:
        """For how many seconds more a provider wants no call, as far as this process was told."""
        return max((pace.paused_for for (name, _), pace in self._paces.items() if name == provider), default=0.0)

    def session(self) -> aiohttp.ClientSession:
        """Return the connection pool, made at first use because it belongs to the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Kept for the next call only if that comes soon: servers drop connections that are idle for longer.
                connector=aiohttp.TCPConnector(keepalive_timeout=_KEPT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self._user_agent, "Accept": "application/json"},
                middlewares=(_once_only,),
                timeout=aiohttp.ClientTimeout(
                    total=self.limits.total,
                    connect=self.limits.connect,
                    sock_connect=self.limits.connect,
                    sock_read=self.limits.read,
                ),
            )
        return self._session

    async def close(self) -> None:
        """End all calls and connections. Who still waits gets an `Unknown`."""
        await self.calls.close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        try:
            await self.meter.close()
        except StoreBusyError as error:
            _log.warning("calls that were counted and not made stay counted: %s", error)

    async def __aenter__(self) -> "HttpClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class Endpoint:
    """A way to one API, with its key, at its pace. Made by `HttpClient.endpoint`."""

    def __init__(self, client: HttpClient, provider: str, base: URL, headers: Mapping[str, str], pace: Pace) -> None:
        self._client = client
        self._provider = provider
        self._base = base
        self._headers = headers
        self._pace = pace
        self.alarm = Alarm(provider)

    async def get(self, *segments: str, query: Mapping[str, str] | None = None, join: bool = True) -> Answer | Unknown:
        """Ask for a path under the base address; segments and query are percent-encoded here.

        An equal question that is under way already is joined, unless `join` is off. Network trouble and 5xx are tried
        three times, and so is a call that our own database does not count. A 429 pauses all calls to the host.
        """
        return await self._ask(Question(self._base.joinpath(*segments).with_query(query)), join=join)

    async def post(
        self, *segments: str, query: Mapping[str, str] | None = None, body: JsonValue = None, join: bool = True
    ) -> Answer | Unknown:
        """Ask a question that the API wants as a POST. It must change nothing, as it is tried and joined like a GET."""
        payload = json.dumps(body, sort_keys=True).encode()
        return await self._ask(Question(self._base.joinpath(*segments).with_query(query), payload), join=join)

    async def _ask(self, question: Question, *, join: bool) -> Answer | Unknown:
        key = (self, question, None if join else object())
        try:
            return await self._client.calls.run(key, lambda: self._persist(question))
        except ClosedError:
            return Unknown(UnknownReason.NETWORK, "the bot is shutting down")

    async def _persist(self, question: Question) -> Answer | Unknown:
        try:
            return await self._try(question)
        except _TryAgainError as error:
            failed: list[_TryAgainError] = [error]

        async def one_try() -> Answer | Unknown:  # Without arguments, which the retry log would show.
            if failed:  # The first try was made above, as nearly all calls need no machinery for repeating them.
                raise failed.pop()
            return await self._try(question)

        try:
            return await self._client.retrying(_TryAgainError, one_try)
        except _TryAgainError as last:
            return last.outcome

    async def _try(self, question: Question) -> Answer | Unknown:
        for _ in range(self._client.limits.redirects + 1):
            refusal = await self._turn()
            if refusal is not None:
                return refusal
            reply = await self._send(question)
            if not isinstance(reply, URL):
                return self._noted(reply)
            question = replace(question, url=reply)
        return Unknown(UnknownReason.REDIRECT, f"{self._provider} redirects without end")

    async def _turn(self) -> Unknown | None:
        clock, whom = self._client.clock, urgency()

        async def admit() -> bool:
            wait = await self._client.meter.turn(self._provider, self._pace.spacing)
            if wait > 0:
                await clock.sleep(wait)
            return await self._client.meter.spend(self._provider, whom)

        try:
            turn = await self._pace.take(admit, whom)
        except StoreBusyError as error:
            uncounted = Unknown(UnknownReason.STORE, "the call could not be counted, so it was not made")
            raise _TryAgainError(uncounted) from error
        if isinstance(turn, Crowded):
            wait = timedelta(seconds=turn.seconds)
            return Unknown(UnknownReason.RATE, f"too many calls to {self._provider} are waiting already", wait)
        if not turn:
            wait = until_next_month(clock.now())
            return Unknown(UnknownReason.QUOTA, f"this month's calls to {self._provider} are spent", wait)
        return None

    async def _send(self, question: Question) -> Answer | Unknown | URL:
        clock = self._client.clock
        asked_at = clock.now()
        headers = self._headers if question.body is None else {**self._headers, "Content-Type": "application/json"}
        try:
            with self._pace.under_way() as others:
                async with self._client.session().request(
                    question.method, question.url, data=question.body, headers=headers, allow_redirects=False
                ) as response:
                    pause = pause_for_quota(response.headers, clock.now(), under_way=others())
                    if pause is not None:
                        _log.info("%s takes no more calls for %d seconds", self._provider, pause.total_seconds())
                        self._pace.pause(pause.total_seconds())
                    self._spread(response.headers, clock.now())
                    return await understand(
                        response,
                        name=self._provider,
                        asked_at=asked_at,
                        now=clock.now(),
                        most_bytes=self._client.limits.body_bytes,
                    )
        except _BrokenConnectionError as error:
            detail = f"{self._provider} could not be reached ({error})"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The library's own texts may hold the whole address, so only the kind of failure is kept.
            detail = f"{self._provider} could not be reached ({type(error).__name__})"
        raise _TryAgainError(Unknown(UnknownReason.NETWORK, detail))

    def _spread(self, headers: Headers, now: datetime) -> None:
        """Believe the API about how many calls are left: a sweep spreads itself over them."""
        for window in quota_windows(headers, now):
            if window.remaining and window.resets_in is not None:
                self._pace.spread(window.remaining, window.resets_in.total_seconds())

    def _noted(self, reply: Answer | Unknown) -> Answer | Unknown:
        """Act on what concerns more than this call."""
        if isinstance(reply, Answer):
            return reply
        match reply.reason:
            case UnknownReason.SERVER:
                pause = reply.retry_after or timedelta(0)
                self._pace.pause(pause.total_seconds())
                # A server that knows when it will be back is not asked before.
                if pause.total_seconds() <= self._client.limits.longest_backoff:
                    raise _TryAgainError(reply)
            case UnknownReason.RATE:
                pause = reply.retry_after or DEFAULT_PAUSE
                self._pace.pause(pause.total_seconds())
                _log.warning("%s; pausing for %d seconds", reply.detail, pause.total_seconds())
            case UnknownReason.AUTH:
                self.alarm.ring(reply.detail)
            case _:
                pass
        return reply
