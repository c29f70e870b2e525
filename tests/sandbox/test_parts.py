"""Properties of the small parts: ids, permissions, rate-limit windows, compression."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.discord import Allowance, BucketRule, Permission, RateLimits
from bot.sandbox.discord.compression import PlainPacker, StoredZstdPacker, ZlibPacker, packer_for
from bot.sandbox.discord.forms import Form, Problems
from bot.sandbox.discord.ids import DISCORD_EPOCH_MS, Snowflakes
from bot.sandbox.discord.permissions import ALL, combine, overwrite

bits = st.integers(min_value=0, max_value=(1 << 41) - 1)
plain_bits = bits.map(lambda value: value & ~int(Permission.ADMINISTRATOR))


@given(st.lists(st.floats(min_value=0, max_value=4e9), min_size=1, max_size=50))
def test_ids_always_grow_even_when_the_clock_does_not(times: list[float]) -> None:
    moments = iter(times)
    ids = Snowflakes(lambda: next(moments))
    made = [ids.next() for _ in times]
    assert made == sorted(set(made))


@given(st.floats(min_value=1_500_000_000, max_value=4e9))
def test_an_id_tells_its_time(at: float) -> None:
    milliseconds = (Snowflakes(lambda: at).next() >> 22) + DISCORD_EPOCH_MS
    assert milliseconds == int(at * 1000)


@given(plain_bits, plain_bits, plain_bits, plain_bits)
def test_what_a_member_is_denied_in_a_channel_is_denied(base: int, allow: int, deny: int, own: int) -> None:
    result = overwrite(base, (allow, deny), [(allow, deny)], (0, own))
    assert result & own == 0
    assert result & ~(base | allow) == 0


@given(st.lists(bits))
def test_administrators_and_owners_have_everything(values: list[int]) -> None:
    assert combine([*values, int(Permission.ADMINISTRATOR)], owner=False) == ALL
    assert combine(values, owner=True) == ALL


@given(st.lists(st.floats(min_value=0, max_value=2), min_size=1, max_size=60))
def test_no_window_lets_more_through_than_its_allowance(steps: list[float]) -> None:
    now = [0.0]
    limits = RateLimits(clock=lambda: now[0], global_per_second=1000)
    limits.rules[("PUT", "/x")] = BucketRule("x", Allowance(3, 5.0))
    opened, through = 0.0, 0
    for step in steps:
        now[0] += step
        refused, headers = limits.take("PUT", "/x", {})
        if refused is not None:
            assert headers["X-RateLimit-Remaining"] == "0"
            assert refused.retry_after == pytest.approx(opened + 5.0 - now[0])
            continue
        if through == 0 or now[0] >= opened + 5.0:
            opened, through = now[0], 0
        through += 1
        assert through <= 3


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=300), max_size=3), min_size=1, max_size=5))
def test_a_zlib_stream_gives_back_each_message_at_once(messages: list[dict[str, str]]) -> None:
    packer, stream = ZlibPacker(), zlib.decompressobj()
    for message in messages:
        frame = packer.pack(json.dumps(message))
        assert isinstance(frame, bytes)
        assert frame.endswith(b"\x00\x00\xff\xff")
        assert json.loads(stream.decompress(frame)) == message


def test_a_zstd_stream_is_read_by_a_zstd_library() -> None:
    library = pytest.importorskip("compression.zstd", reason="Python has zstd from 3.14")
    packer, stream = StoredZstdPacker(), library.ZstdDecompressor()
    for text in ('{"op":10}', "x" * 300_000, ""):
        assert stream.decompress(packer.pack(text)) == text.encode()


def test_unknown_compression_has_no_packer() -> None:
    assert packer_for("brotli") is None
    assert isinstance(packer_for(None), PlainPacker)


def test_problems_are_told_under_the_path_of_their_field() -> None:
    problems = Problems()
    form = Form({"items": [{"name": "x" * 5}, {}]}, problems)
    for item in form.forms("items") or []:
        item.text("name", required=True, longest=3)
    errors = problems.error().errors
    assert errors == {
        "items": {
            "0": {"name": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 3 or fewer in length."}]}},
            "1": {"name": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]}},
        }
    }
