"""Requests to the sandbox that discord.py would hold back, because they are wrong."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from bot.sandbox.discord.jsontypes import Json


class Client:
    """Speaks to the API without discord.py, which would hold back what is wrong."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def send(self, method: str, path: str, body: Json = None) -> tuple[int, dict[str, object]]:
        async with self._session.request(method, self._base + path, json=body) as answer:
            if answer.status == 204:
                return 204, {}
            found = await answer.json()
            return answer.status, found if isinstance(found, dict) else {"list": found}

    async def names(self, path: str) -> list[str]:
        async with self._session.get(self._base + path) as answer:
            return [one["name"] for one in await answer.json()]

    async def refused(self, method: str, path: str, body: Json = None) -> tuple[int, object]:
        status, found = await self.send(method, path, body)
        return status, found.get("code")


def leaf(errors: object, *path: str) -> object:
    """The code of the first error under a path."""
    for step in path:
        assert isinstance(errors, Mapping), f"nothing at {step}"
        errors = errors[step]
    assert isinstance(errors, Mapping)
    return errors["_errors"][0]["code"]
