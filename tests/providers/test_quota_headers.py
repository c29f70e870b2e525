"""What an API says of its limits is believed over the settings, whatever header it says it in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.domain.readings import Complete, Unknown, UnknownReason
from bot.providers.http import Endpoint, HttpClient
from bot.providers.http_reply import Answer
from bot.providers.mintgarden import MintGardenOptions, MintGardenProvider
from bot.providers.quota_headers import QuotaWindow, pause_for_quota, quota_windows
from bot.sandbox.balances import SandboxBalances
from tests.providers.support import FAST, START, Said, ScriptedApi, StillClock, always, wallet

NOW = int(START.timestamp())


@pytest.fixture
async def endpoint(api: ScriptedApi, clock: StillClock) -> AsyncIterator[Endpoint]:
    async with HttpClient(version="1", clock=clock, limits=replace(FAST, patience=1_000)) as client:
        yield client.endpoint(provider="spacescan", base_url=api.url, spacing=0)


def windows(headers: Mapping[str, str]) -> list[tuple[int, float | None]]:
    return [
        (window.remaining, None if window.resets_in is None else window.resets_in.total_seconds())
        for window in quota_windows(CIMultiDict(headers), START)
    ]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "17"}, [(3, 17)]),
        ({"x-ratelimit-remaining": " 0 ", "x-ratelimit-reset": f"{NOW + 40}"}, [(0, 40)]),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 40}.5"}, [(0, 40.5)]),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW - 40}"}, [(0, 0)]),
        ({"X-RateLimit-Remaining": "0"}, [(0, None)]),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, [(0, None)]),
        ({"RateLimit-Limit": "10", "RateLimit-Remaining": "0", "RateLimit-Reset": "5"}, [(0, 5)]),
        ({"RateLimit": "limit=10, remaining=2, reset=5"}, [(2, 5)]),
        ({"RateLimit": '"default";r=50;t=30'}, [(50, 30)]),
        ({"RateLimit": '"burst";r=0;t=2, "day";r=900;t=90'}, [(0, 2), (900, 90)]),
        ({"RateLimit": '"a;r=0,b";t=7;r=1;pk=:cHsdsRa894==:'}, [(1, 7)]),
        ({"RateLimit": '"default";r=4'}, [(4, None)]),
        ({"RateLimit-Policy": '"burst";q=100;w=60'}, []),
        ({"X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "5"}, []),
        ({"X-RateLimit-Remaining": "none"}, []),
        ({"X-RateLimit-Reset": "5"}, []),
        ({"RateLimit": "nonsense"}, []),
        ({}, []),
    ],
)
def test_the_headers_are_read(headers: Mapping[str, str], expected: list[tuple[int, float | None]]) -> None:
    assert windows(headers) == expected


def test_a_header_may_come_more_than_once() -> None:
    headers = CIMultiDict([("RateLimit", '"a";r=1;t=2'), ("RateLimit", '"b";r=3;t=4')])
    assert quota_windows(headers, START) == (
        QuotaWindow(1, timedelta(seconds=2)),
        QuotaWindow(3, timedelta(seconds=4)),
    )


@given(
    st.dictionaries(
        st.sampled_from(["RateLimit", "RateLimit-Remaining", "RateLimit-Reset", "X-RateLimit-Remaining"])
        | st.just("X-RateLimit-Reset"),
        st.text(max_size=30) | st.integers(0, 10**15).map(str) | st.floats(0, 10**18).map(str),
    ),
    st.integers(0, 5),
)
def test_whatever_stands_there_a_pause_is_a_second_to_five_minutes(headers: dict[str, str], under_way: int) -> None:
    pause = pause_for_quota(CIMultiDict(headers), START, under_way=under_way)
    assert pause is None or timedelta(seconds=1) <= pause <= timedelta(minutes=5)


class TestTheClient:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "17"}, 17),
            ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 40}"}, 40),
            ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 900_000}"}, 300),
            ({"X-RateLimit-Remaining": "0"}, 60),
            ({"RateLimit": '"burst";r=0;t=2, "day";r=900;t=90'}, 2),
            ({"RateLimit": '"burst";r=0;t=2, "day";r=0;t=90'}, 90),
            ({"RateLimit": '"burst";r=1;t=20'}, 0),
            ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "17"}, 0),
        ],
    )
    async def test_stops_before_it_is_told_to(
        self, headers: dict[str, str], seconds: float, api: ScriptedApi, endpoint: Endpoint, clock: StillClock
    ) -> None:
        api.say = always(b"[]", headers=headers)
        assert isinstance(await endpoint.get("x"), Answer)
        api.say = always(b"[]")
        assert isinstance(await endpoint.get("y"), Answer)
        assert clock.elapsed == seconds

    @pytest.mark.parametrize(("left", "seconds"), [(3, 30), (4, 0)])
    async def test_counts_those_that_are_still_under_way(
        self, left: int, seconds: float, api: ScriptedApi, endpoint: Endpoint, clock: StillClock
    ) -> None:
        """Four are on their way. When the first answer says that three are left, the others will use them up."""
        api.gate.clear()
        api.say = always(b"[]", headers={"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": "30"})
        calls = [asyncio.create_task(endpoint.get(str(number))) for number in range(4)]
        while len(api.requests) < 4:
            api.asked.clear()
            await api.asked.wait()
        api.gate.set()
        await asyncio.gather(*calls)
        api.say = always(b"[]")
        await endpoint.get("last")
        assert clock.elapsed == seconds

    async def test_is_told_by_a_429_without_retry_after(
        self, api: ScriptedApi, endpoint: Endpoint, clock: StillClock
    ) -> None:
        api.say = always(b"", 429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "25"})
        refused = await endpoint.get("x")
        assert isinstance(refused, Unknown)
        assert (refused.reason, refused.retry_after) == (UnknownReason.RATE, timedelta(seconds=25))
        api.say = always(b"[]")
        await endpoint.get("x")
        assert clock.elapsed == 25

    async def test_does_not_ask_a_server_again_before_it_said_it_would_be_back(
        self, api: ScriptedApi, endpoint: Endpoint, clock: StillClock
    ) -> None:
        api.say = always(b"", 503, {"Retry-After": "90"})
        refused = await endpoint.get("x")
        assert isinstance(refused, Unknown)
        assert (refused.reason, refused.retry_after) == (UnknownReason.SERVER, timedelta(seconds=90))
        assert len(api.requests) == 1
        api.say = always(b"[]")
        await endpoint.get("x")
        assert clock.elapsed == 90

    async def test_waits_out_a_short_absence_and_tries_again(self, api: ScriptedApi, clock: StillClock) -> None:
        limits = replace(FAST, longest_backoff=0.001 + 3)
        async with HttpClient(version="1", clock=clock, limits=limits) as client:
            endpoint = client.endpoint(provider="spacescan", base_url=api.url, spacing=0)
            api.say = lambda _: Said(b"", 503, {"Retry-After": "3"}) if len(api.requests) < 2 else Said(b"[]")
            assert isinstance(await endpoint.get("x"), Answer)
        assert clock.elapsed == 3


async def test_a_limit_that_is_announced_is_never_hit_however_the_pace_is_set(clock: StillClock) -> None:
    async with (
        SandboxBalances(clock.monotonic) as balances,
        HttpClient(version="1", clock=clock, limits=replace(FAST, patience=1_000)) as http,
    ):
        balances.mintgarden.limit(5, 60, announced=True)
        provider = MintGardenProvider(
            MintGardenOptions(base_url=balances.mintgarden.base_url, requests_per_minute=100_000), http
        )
        for number in range(1, 24):
            assert isinstance(await provider.read(wallet(number)), Complete)
        assert {request.status for request in balances.mintgarden.requests} == {200}
        assert 240 <= clock.elapsed <= 250


class TestAPost:
    async def test_carries_its_body_and_is_joined_and_tried_like_a_get(
        self, api: ScriptedApi, endpoint: Endpoint
    ) -> None:
        api.say = lambda _: Said(b"", 502) if len(api.requests) < 2 else Said(b"[1]")
        asked = (endpoint.post("x", query={"page": "1"}, body={"b": 1, "a": []}) for _ in range(3))
        assert [answer.body for answer in await asyncio.gather(*asked) if isinstance(answer, Answer)] == [[1]] * 3
        assert [(request.method, dict(request.query)) for request in api.requests] == [("POST", {"page": "1"})] * 2
        assert api.bodies == [b'{"a": [], "b": 1}'] * 2

    async def test_with_another_body_is_another_question(self, api: ScriptedApi, endpoint: Endpoint) -> None:
        await asyncio.gather(endpoint.post("x", body={"a": 1}), endpoint.post("x", body={"a": 2}), endpoint.get("x"))
        assert len(api.requests) == 3

    @pytest.mark.parametrize(
        ("status", "followed"), [(301, False), (302, False), (303, False), (307, True), (308, True)]
    )
    async def test_is_sent_on_only_where_it_stays_a_post(
        self, status: int, followed: bool, api: ScriptedApi, endpoint: Endpoint
    ) -> None:
        api.say = lambda request: Said(b"[]") if request.path == "/new" else Said(b"", status, {"Location": "/new"})
        outcome = await endpoint.post("old", body={"a": 1})
        if followed:
            assert isinstance(outcome, Answer)
            assert [(request.method, body) for request, body in zip(api.requests, api.bodies, strict=True)] == [
                ("POST", b'{"a": 1}')
            ] * 2
        else:
            assert isinstance(outcome, Unknown)
            assert outcome.reason is UnknownReason.REDIRECT
