"""What is left of one of Discord's limits, as several processes know it together."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.role_rooms import SharedRoom
from bot.domain.urgency import Urgency

KNOWN = SharedRoom(limit=10, remaining=10, resets_at=100.0, window=10.0)


def test_one_request_goes_first_and_the_others_wait_for_its_answer() -> None:
    wait, room = SharedRoom().ask(Urgency.PERSON, 1_000.0)
    assert wait == 0
    assert room.ask(Urgency.PERSON, 1_000.0)[0] > 0
    room = room.told(10, 9, 1_009.9, 1_000.1)
    assert [room.ask(Urgency.PERSON, 1_000.2)[0], room.limit, room.remaining] == [0, 10, 9]


def test_an_answer_that_tells_nothing_holds_nobody_up() -> None:
    _, room = SharedRoom().ask(Urgency.SWEEP, 1_000.0)
    assert room.told_nothing(1_000.1).ask(Urgency.SWEEP, 1_000.1)[0] == 0


def test_what_others_asked_for_meanwhile_counts() -> None:
    _, room = KNOWN.ask(Urgency.SWEEP, 92.0)
    _, room = room.ask(Urgency.SWEEP, 92.1)
    assert room.told(10, 9, 100.0, 92.2).remaining == 8


def test_a_sweep_stands_back_while_people_come() -> None:
    wait, room = KNOWN.ask(Urgency.PERSON, 92.0)
    assert wait == 0
    assert room.ask(Urgency.SWEEP, 92.1)[0] > 0
    assert room.ask(Urgency.PERSON, 92.1)[0] == 0
    assert room.ask(Urgency.SWEEP, 93.0)[0] == 0


def test_people_who_wait_go_first_in_the_next_window() -> None:
    used_up = SharedRoom(limit=10, remaining=0, resets_at=100.0, window=10.0)
    wait, room = used_up.ask(Urgency.PERSON, 99.0)
    assert 1 < wait < 1.1
    assert room.ask(Urgency.SWEEP, 100.01)[0] > 0
    assert room.ask(Urgency.PERSON, 100.01)[0] == 0


def test_at_the_end_of_a_window_all_of_the_limit_is_free_again() -> None:
    used_up = SharedRoom(limit=10, remaining=0, resets_at=100.0, window=10.0)
    wait, room = used_up.ask(Urgency.SWEEP, 100.5)
    assert (wait, room.remaining, room.resets_at) == (0, 9, 110.5)


@dataclass(slots=True)
class Discord:
    """Its limit as it really is: windows that a request opens by coming in."""

    limit: int
    window: float
    ends_at: float = 0.0
    used: int = 0
    refused: int = 0
    at: list[float] = field(default_factory=list)

    def answer(self, now: float) -> tuple[int, int, float]:
        if now >= self.ends_at:
            self.ends_at, self.used = now + self.window, 0
        if self.used >= self.limit:
            self.refused += 1
        else:
            self.used += 1
            self.at.append(now)
        return self.limit, self.limit - self.used, self.ends_at


def played(discord: Discord, urgencies: Sequence[Urgency], delays: Random, seconds: float) -> None:
    """Let processes that never run out of work share a room, each with one request at a time."""
    room, order = SharedRoom(), 0
    events: list[tuple[float, int, int, tuple[int, int, float] | None]] = [
        (1.0 + number * 0.01, number, number, None) for number in range(len(urgencies))
    ]
    while events and events[0][0] < seconds:
        now, _, process, told = heapq.heappop(events)
        order += len(urgencies)
        if told is not None:
            room = room.told(*told, now)
        wait, room = room.ask(urgencies[process], now)
        if wait > 0:
            heapq.heappush(events, (now + wait, order + process, process, None))
            continue
        comes_in = now + delays.uniform(0.001, 0.05)
        heapq.heappush(
            events, (comes_in + delays.uniform(0.001, 0.05), order + process, process, discord.answer(comes_in))
        )


@given(
    st.lists(st.sampled_from(Urgency), min_size=1, max_size=6), st.integers(2, 20), st.floats(1, 10), st.integers(0, 9)
)
def test_several_processes_never_go_beyond_the_limit(
    urgencies: list[Urgency], limit: int, window: float, seed: int
) -> None:
    discord = Discord(limit, window)
    played(discord, urgencies, Random(seed), seconds=6 * window)
    assert discord.refused == 0


def test_several_sweeps_together_use_the_limit_up() -> None:
    discord = Discord(10, 10.0)
    played(discord, [Urgency.SWEEP] * 3, Random(1), seconds=101.0)
    assert len(discord.at) >= 95
