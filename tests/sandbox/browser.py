"""A browser without scripts, for the pages of the sandbox."""

from __future__ import annotations

import html
import re

import aiohttp


class Browser:
    """Loads pages and sends forms, without scripts."""

    def __init__(self, session: aiohttp.ClientSession, root: str) -> None:
        self._session = session
        self._root = root

    async def get(self, path: str) -> str:
        async with self._session.get(self._root + path) as answer:
            assert answer.status == 200
            return await answer.text()

    async def post(self, path: str, **fields: str) -> str:
        async with self._session.post(self._root + path, data=fields) as answer:
            return await answer.text()

    async def press(self, page: str, label: str, **fields: str) -> str:
        """Send the form whose button has this label."""
        for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
            if f"<button>{label}</button>" in form:
                hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
                action = re.search(r'action="([^"]*)"', form)
                assert action is not None
                values = {html.unescape(name): html.unescape(value) for name, value in hidden}
                return await self.post(action[1], **values, **fields)
        raise AssertionError(f"no button {label}")
