"""Rate limits, and who is told apart by them."""

import ipaddress

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.web.clients import Clients
from bot.web.limits import RateLimit


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_may_come_at_once_and_then_refills_evenly() -> None:
    time = Time()
    limit = RateLimit(60, time)
    assert [limit.take("a") for _ in range(60)] == [0.0] * 60
    assert limit.take("a") == pytest.approx(1.0)
    assert limit.take("b") == 0
    time.now += 0.5
    assert limit.take("a") == pytest.approx(0.5)
    time.now += 0.6
    assert limit.take("a") == 0
    time.now += 3600
    assert [limit.take("a") for _ in range(61)][-1] > 0


def test_it_remembers_so_many_people_and_no_more() -> None:
    limit = RateLimit(1, Time(), most_keys=10_000)
    limit.take("first")
    for number in range(50_000):
        limit.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limit) == 10_000
    assert limit.take("10.0.195.79") > 0  # a recent one is still remembered
    assert limit.take("first") == 0


def client(peer: str, trusted: str = "", **headers: str) -> str:
    networks = [ipaddress.ip_network(one) for one in trusted.split()]
    request = make_mocked_request(
        "GET", "/", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return Clients(networks).key_of(request.clone(remote=peer))


@pytest.mark.parametrize(
    ("peer", "trusted", "said", "expected"),
    [
        ("192.0.2.1", "", "10.0.0.1", "192.0.2.1"),
        ("192.0.2.1", "127.0.0.0/8", "10.0.0.1", "192.0.2.1"),
        ("127.0.0.1", "127.0.0.0/8", "192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "127.0.0.0/8", "1.1.1.1, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "127.0.0.0/8 10.0.0.0/8", "1.1.1.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("127.0.0.1", "127.0.0.0/8", "192.0.2.7, evil", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.0/8", "", "127.0.0.1"),
        ("::ffff:192.0.2.1", "", "", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "", "", "2001:db8:1:2::/64"),
        ("::1", "::1/128", "2001:db8::1", "2001:db8::/64"),
        ("nonsense", "", "", "unknown"),
    ],
)
def test_a_client_is_the_nearest_address_that_is_not_a_trusted_proxys(
    peer: str, trusted: str, said: str, expected: str
) -> None:
    assert client(peer, trusted, X_Forwarded_For=said) == expected


def test_a_long_chain_of_hops_is_not_followed_for_ever() -> None:
    chain = ", ".join(["192.0.2.7", *["127.0.0.2"] * 5000])
    assert client("127.0.0.1", "127.0.0.0/8", X_Forwarded_For=chain) == "127.0.0.2"
