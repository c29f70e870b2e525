"""What the tests need of a chain to try contracts on. There are two: `evm.py`, always, and `anvil.py`, on request."""

from typing import Protocol

CHAIN_ID = 1


class Chain(Protocol):
    """What tests do to a chain, and what a node says of it."""

    async def deploy(self, creation_code: bytes) -> str:
        """Deploy a contract and return its address."""

    async def send(self, to: str, data: bytes) -> None:
        """Call a contract for good."""

    async def set_code(self, address: str, code: bytes) -> None:
        """Put code at an address."""

    async def answer(self, method: str, params: list[object]) -> dict[str, object]:
        """Return the result or error member that a node responds with."""
