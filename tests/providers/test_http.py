"""The shared client: polite, bounded, and unable to mistake an error for an answer."""

import asyncio
import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import stamina.instrumentation
from aiohttp import web

from bot.domain.errors import StoreBusyError
from bot.domain.paces import step
from bot.domain.readings import Unknown, UnknownReason
from bot.domain.urgency import Urgency
from bot.providers.errands import for_sweep
from bot.providers.http import Endpoint, HttpClient, HttpLimits
from bot.providers.http_reply import Answer, pause_asked_for
from tests.providers.support import FAST, KEY, START, CountingMeter, Said, ScriptedApi, StillClock, always


def endpoint_of(http: HttpClient, api: ScriptedApi, spacing: float = 1) -> Endpoint:
    return http.endpoint(provider="spacescan", base_url=api.url, spacing=spacing, headers={"x-api-key": KEY})


@pytest.fixture
def endpoint(http: HttpClient, api: ScriptedApi) -> Endpoint:
    return endpoint_of(http, api)


def unknown(outcome: Answer | Unknown) -> Unknown:
    assert isinstance(outcome, Unknown), outcome
    return outcome


class LockedMeter:
    """Cannot count the first calls."""

    def __init__(self, *, locked: int) -> None:
        self._locked = locked

    async def spend(self, provider: str, urgency: Urgency = Urgency.PERSON) -> bool:
        self._locked -= 1
        if self._locked >= 0:
            raise StoreBusyError("locked")
        return True

    async def turn(self, provider: str, spacing: float) -> float:
        return 0.0

    async def close(self) -> None:
        raise StoreBusyError("locked")


class TestAnAnswer:
    async def test_is_the_parsed_body_with_the_time_of_asking(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.say = always(b'{"a": [1, null]}')
        assert await endpoint.get("x") == Answer(200, {"a": [1, None]}, START)

    async def test_can_be_the_body_of_a_400(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.say = always(b'{"why": 1}', 400)
        assert await endpoint.get("x") == Answer(400, {"why": 1}, START)

    async def test_may_come_compressed(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.say = always(gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"})
        assert await endpoint.get("x") == Answer(200, [1], START)

    async def test_of_some_size_is_parsed_beside_the_loop_just_the_same(
        self, api: ScriptedApi, endpoint: Endpoint
    ) -> None:
        api.say = always(b"[" + b"1," * 100_000 + b"1]")
        answer = await endpoint.get("x")
        assert isinstance(answer, Answer)
        assert answer.body == [1] * 100_001

    async def test_is_asked_for_percent_encoded(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        await endpoint.get("a b", "ü?", query={"q": "1&2 3"})
        assert api.requests[0].rel_url.raw_path == "/a%20b/%C3%BC%3F"
        assert dict(api.requests[0].query) == {"q": "1&2 3"}

    async def test_leaves_no_cookies_behind(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.say = always(headers={"Set-Cookie": "session=1"})
        await endpoint.get("x")
        await endpoint.get("x")
        assert "Cookie" not in api.requests[1].headers


class TestTrouble:
    async def test_of_their_own_is_tried_three_times(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.say = always(b"", 503)
        assert unknown(await endpoint.get("x")).reason is UnknownReason.SERVER
        assert len(api.requests) == 3

    async def test_that_passes_is_forgotten(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.say = lambda _: Said(b"", 502) if len(api.requests) < 3 else Said(b"[]")
        assert await endpoint.get("x") == Answer(200, [], START + timedelta(seconds=2 * step(1)))

    async def test_waits_two_then_four_seconds_and_a_little(self, api: ScriptedApi, clock: StillClock) -> None:
        waits: list[float] = []
        waiting = asyncio.Event()

        def note(details: stamina.instrumentation.RetryDetails) -> None:
            waits.append(details.wait_for)
            waiting.set()

        before = stamina.instrumentation.get_on_retry_hooks()
        stamina.instrumentation.set_on_retry_hooks([note])
        slow = replace(FAST, first_backoff=HttpLimits().first_backoff, jitter=1, tries=2, longest_backoff=8)
        try:
            async with HttpClient(version="1", clock=clock, limits=slow) as client:
                call = asyncio.create_task(client.endpoint(provider="x", base_url=api.url, spacing=0).get("x"))
                api.say = always(b"", 500)
                await waiting.wait()
                call.cancel()
        finally:
            stamina.instrumentation.set_on_retry_hooks(before)
        assert 2 <= waits[0] <= 3
        assert (HttpLimits().tries, HttpLimits().longest_backoff) == (3, 8)

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422, 429, 451])
    async def test_that_we_caused_is_not_tried_again(self, status: int, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.say = always(b"<html>no</html>", status)
        unknown(await endpoint.get("x"))
        assert len(api.requests) == 1

    @pytest.mark.parametrize("status", [201, 202, 204, 206, 300, 304])
    async def test_includes_every_success_that_is_not_a_plain_one(
        self, status: int, api: ScriptedApi, endpoint: Endpoint
    ) -> None:
        api.say = always(b"[]" if status not in (204, 304) else b"", status)
        assert unknown(await endpoint.get("x")).reason is UnknownReason.SCHEMA

    @pytest.mark.parametrize(
        "raw", [b"", b"\r\n\r\n", b"NONSENSE\r\n\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"\x16\x03\x01"]
    )
    async def test_includes_what_is_not_http_at_all(self, raw: bytes, http: HttpClient) -> None:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(raw)
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            endpoint = http.endpoint(provider="x", base_url=f"http://127.0.0.1:{port}", spacing=0)
            assert unknown(await endpoint.get("x")).reason is UnknownReason.NETWORK

    @pytest.mark.parametrize(
        "head",
        [
            "Content-Length: 100",
            "Transfer-Encoding: chunked\r\n\r\n5\r\n[1, 2",
            "Transfer-Encoding: chunked\r\n\r\nzz\r\n[]",
            "Content-Length: -1",
            "Content-Length: 2\r\nContent-Length: 3",
        ],
    )
    async def test_includes_a_body_that_breaks_off(self, head: str, http: HttpClient) -> None:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n[]".encode())
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            endpoint = http.endpoint(provider="x", base_url=f"http://127.0.0.1:{port}", spacing=0)
            assert unknown(await endpoint.get("x")).reason is UnknownReason.NETWORK

    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_includes_nobody_listening_and_no_tls(self, scheme: str, api: ScriptedApi, http: HttpClient) -> None:
        port = api.url.rpartition(":")[2] if scheme == "https" else "1"
        endpoint = http.endpoint(provider="x", base_url=f"{scheme}://127.0.0.1:{port}", spacing=0)
        assert unknown(await endpoint.get("x")).reason is UnknownReason.NETWORK

    async def test_includes_a_body_beyond_the_cap_even_when_it_unpacks_to_it(
        self, api: ScriptedApi, clock: StillClock
    ) -> None:
        limits = replace(FAST, body_bytes=100_000)
        async with HttpClient(version="1", clock=clock, limits=limits) as client:
            endpoint = endpoint_of(client, api)
            for body, headers in (
                (b" " * 100_001, {}),
                (gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}),
            ):
                api.say = always(body, headers=headers)
                assert unknown(await endpoint.get("x")).reason is UnknownReason.TOO_LARGE
            api.say = always(b"[" + b" " * 99_998 + b"]")
            assert isinstance(await endpoint.get("x"), Answer)
        assert len(api.requests) == 3


class TestARedirect:
    async def test_on_the_same_host_is_followed(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.say = lambda request: Said(b"[]") if request.path == "/new" else Said(b"", 301, {"Location": "/new"})
        assert isinstance(await endpoint.get("old"), Answer)

    @pytest.mark.parametrize(
        "there",
        ["http://other.invalid/", "//other.invalid/x", "http://127.0.0.1:1/x", "ftp://127.0.0.1/", "http://[", ""],
    )
    async def test_to_anywhere_else_is_not(self, there: str, api: ScriptedApi, endpoint: Endpoint) -> None:
        location = there or api.url.replace("127.0.0.1", "localhost")
        api.say = always(b"", 302, {"Location": location})
        assert unknown(await endpoint.get("x")).reason is UnknownReason.REDIRECT
        assert len(api.requests) == 1

    async def test_in_a_circle_ends(self, api: ScriptedApi, endpoint: Endpoint, meter: CountingMeter) -> None:
        api.say = always(b"", 308, {"Location": "/x"})
        assert unknown(await endpoint.get("x")).reason is UnknownReason.REDIRECT
        assert len(api.requests) == len(meter.spent) == 4


class TestBeingAskedToSlowDown:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            (None, 60),
            ("17", 17),
            (" 17.5 ", 17.5),
            ("0", 1),
            ("300", 300),
            ("301", 300),
            ("999999999", 300),
            ("Fri, 20 Nov 2026 12:01:30 GMT", 90),
            ("Fri, 20 Nov 2026 11:00:00 GMT", 1),
            ("Fri, 20 Nov 2026 12:01:30 -0000", 90),
            ("soon", 60),
            ("-5", 60),
            ("1e9", 60),
            ("", 60),
            ("Fri, 99 Nov 2026 12:01:30 GMT", 60),
        ],
    )
    async def test_pauses_every_call_to_the_host_for_as_long(
        self, header: str | None, seconds: float, api: ScriptedApi, clock: StillClock
    ) -> None:
        async with HttpClient(version="1", clock=clock, limits=replace(FAST, patience=1000)) as client:
            one, other = endpoint_of(client, api), endpoint_of(client, api)
            api.say = always(b"", 429, {} if header is None else {"Retry-After": header})
            refused = unknown(await one.get("x"))
            assert (refused.reason, refused.retry_after) == (UnknownReason.RATE, timedelta(seconds=seconds))
            api.say = always()
            await other.get("y")
            assert clock.elapsed == max(seconds, step(1))

    async def test_answers_at_once_when_the_pause_is_longer_than_anybody_would_wait(
        self, api: ScriptedApi, endpoint: Endpoint, clock: StillClock
    ) -> None:
        api.say = always(b"", 429, {"Retry-After": "250"})
        await endpoint.get("x")
        refused = unknown(await endpoint.get("x"))
        assert (refused.reason, refused.retry_after) == (UnknownReason.RATE, timedelta(seconds=250))
        assert clock.elapsed == 0
        assert len(api.requests) == 1

    async def test_leaves_other_providers_alone(self, api: ScriptedApi, http: HttpClient, clock: StillClock) -> None:
        api.say = always(b"", 429)
        await http.endpoint(provider="one", base_url=api.url, spacing=0).get("x")
        api.say = always()
        await http.endpoint(provider="two", base_url=api.url, spacing=0).get("x")
        assert clock.elapsed == 0

    def test_by_a_failing_server_is_passed_on(self) -> None:
        assert pause_asked_for("30", datetime(2026, 1, 1, tzinfo=UTC)) == timedelta(seconds=30)


class TestWhatTheApiSaysIsLeft:
    async def test_is_spread_by_a_sweep_whatever_the_settings_say(
        self, api: ScriptedApi, endpoint: Endpoint, clock: StillClock
    ) -> None:
        api.say = always(headers={"X-RateLimit-Remaining": "10", "X-RateLimit-Reset": "300"})
        with for_sweep():
            for number in range(3):
                await endpoint.get(str(number))
        assert clock.elapsed == 60

    async def test_does_not_keep_people_waiting(self, api: ScriptedApi, endpoint: Endpoint, clock: StillClock) -> None:
        api.say = always(headers={"X-RateLimit-Remaining": "10", "X-RateLimit-Reset": "300"})
        for number in range(3):
            await endpoint.get(str(number))
        assert clock.elapsed == 2 * step(1)


class TestTheQuota:
    async def test_is_not_spent_to_the_last_call_by_a_sweep(
        self, api: ScriptedApi, endpoint: Endpoint, meter: CountingMeter
    ) -> None:
        meter.left, meter.kept_for_people = 3, 1
        with for_sweep():
            outcomes = [await endpoint.get(str(number)) for number in range(3)]
        assert unknown(outcomes[2]).reason is UnknownReason.QUOTA
        assert len(api.requests) == 2
        assert not isinstance(await endpoint.get("person"), Unknown)

    async def test_is_asked_before_every_request(
        self, api: ScriptedApi, endpoint: Endpoint, meter: CountingMeter
    ) -> None:
        api.say = always(b"", 500)
        await endpoint.get("x")
        assert meter.spent == ["spacescan"] * 3

    async def test_when_spent_stops_the_calls_until_the_month_is_over(
        self, api: ScriptedApi, endpoint: Endpoint, meter: CountingMeter, clock: StillClock
    ) -> None:
        meter.left = 2
        api.say = always(b"", 500)
        refused = unknown(await endpoint.get("x"))
        assert refused.reason is UnknownReason.QUOTA
        assert refused.retry_after is not None
        assert clock.now() + refused.retry_after == datetime(2026, 12, 1, tzinfo=UTC)
        assert len(api.requests) == 2

    async def test_when_spent_does_not_keep_anybody_waiting(
        self, endpoint: Endpoint, meter: CountingMeter, clock: StillClock
    ) -> None:
        meter.left = 0
        for _ in range(5):
            assert unknown(await endpoint.get("x")).reason is UnknownReason.QUOTA
        assert clock.elapsed == 0

    async def test_that_cannot_be_counted_costs_no_call(self, api: ScriptedApi, clock: StillClock) -> None:
        async with HttpClient(version="1", meter=LockedMeter(locked=3), clock=clock, limits=FAST) as client:
            assert unknown(await endpoint_of(client, api).get("x")).reason is UnknownReason.STORE
        assert api.requests == []

    async def test_is_made_once_the_database_is_back(self, api: ScriptedApi, clock: StillClock) -> None:
        async with HttpClient(version="1", meter=LockedMeter(locked=2), clock=clock, limits=FAST) as client:
            assert isinstance(await endpoint_of(client, api).get("x"), Answer)
        assert len(api.requests) == 1


class TestEqualQuestionsAtOneTime:
    async def test_are_one_request(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.gate.clear()
        calls = [asyncio.create_task(endpoint.get("x", query={"a": "1"})) for _ in range(5)]
        await api.asked.wait()
        api.gate.set()
        answers = await asyncio.gather(*calls)
        assert len({id(answer) for answer in answers}) == 1
        assert len(api.requests) == 1

    async def test_that_differ_are_not(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        await asyncio.gather(*(endpoint.get("x", query={"a": str(number)}) for number in range(3)))
        assert len(api.requests) == 3

    async def test_are_not_joined_when_the_caller_needs_its_own(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        await asyncio.gather(endpoint.get("x"), endpoint.get("x", join=False), endpoint.get("x", join=False))
        assert len(api.requests) == 3

    async def test_survive_the_one_that_gives_up(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        api.gate.clear()
        first, second = (asyncio.create_task(endpoint.get("x")) for _ in range(2))
        await api.asked.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        api.gate.set()
        assert isinstance(await second, Answer)

    async def test_from_different_keys_are_different_questions(
        self, api: ScriptedApi, http: HttpClient, endpoint: Endpoint
    ) -> None:
        stranger = http.endpoint(provider="spacescan", base_url=api.url, spacing=1, headers={"x-api-key": "other"})
        await asyncio.gather(endpoint.get("x"), stranger.get("x"))
        assert {request.headers["x-api-key"] for request in api.requests} == {KEY, "other"}


async def test_closing_answers_who_still_waits(api: ScriptedApi, clock: StillClock) -> None:
    client = HttpClient(version="1", clock=clock, limits=FAST)
    endpoint = endpoint_of(client, api)
    api.gate.clear()
    waiting = asyncio.create_task(endpoint.get("x"))
    await api.asked.wait()
    await client.close()
    assert unknown(await waiting).reason is UnknownReason.NETWORK
    assert unknown(await endpoint.get("x")).reason is UnknownReason.NETWORK
    await client.close()


async def test_the_key_goes_out_with_every_try_and_nowhere_else(
    api: ScriptedApi, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    heard: list[str] = []

    def say(request: web.BaseRequest) -> Said:
        heard.append(request.headers["x-api-key"])
        return Said(b"", [500, 500, 403, 429][len(heard) - 1])

    api.say = say
    outcomes = [await endpoint.get("wallet-of-alice"), await endpoint.get("wallet-of-alice")]
    assert heard == [KEY] * 4
    told = caplog.text + repr(outcomes)
    assert KEY not in told
    assert "wallet-of-alice" not in told
