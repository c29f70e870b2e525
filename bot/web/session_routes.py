"""What the page of a session asks for: the state of things, challenges, and checks of proofs."""

from collections.abc import Sequence

from aiohttp import web

from bot.services.onboarding import Welcome
from bot.services.web_linking import IssuedCode, WebLinking
from bot.services.web_sessions import WebSessions
from bot.web.answers import json_answer
from bot.web.bodies import read_body
from bot.web.guard import LANGUAGE
from bot.web.pages import Value
from bot.web.texts import Catalogue
from bot.web.visits import Visits
from bot.web.wire_forms import challenge_form, instant, roles_form, session_form, wallet_form

LONGEST_ANSWER = 20_000
LONGEST_ADDRESS = 200


class SessionRoutes:
    """The JSON interface of a session."""

    def __init__(self, sessions: WebSessions, linking: WebLinking, visits: Visits, catalogue: Catalogue) -> None:
        self._sessions = sessions
        self._linking = linking
        self._visits = visits
        self._catalogue = catalogue

    def routes(self) -> Sequence[web.RouteDef]:
        """The routes."""
        return [
            web.get("/api/session", self._state),
            web.post("/api/challenge", self._challenge),
            web.post("/api/proof", self._prove),
            web.post("/api/handover", self._hand_over),
        ]

    async def _state(self, request: web.Request) -> web.Response:
        session = await self._visits.of(request)
        state = await self._linking.state(session)
        csrf = self._visits.csrf(request)
        return json_answer(session_form(state, csrf, wants_log_in=self._sessions.wants_log_in))

    async def _challenge(self, request: web.Request) -> web.Response:
        session = await self._visits.acting(request)
        body = await read_body(request)
        network = body.network()
        address = body.optional_text("address", LONGEST_ADDRESS)
        challenge = await self._linking.challenge(session, network, address)
        return json_answer(challenge_form(challenge), 201)

    async def _prove(self, request: web.Request) -> web.Response:
        session = await self._visits.acting(request)
        body = await read_body(request)
        result = await self._linking.prove(
            session, body.number("challenge_id"), body.network(), body.text("answer", LONGEST_ANSWER)
        )
        language = request[LANGUAGE]
        if isinstance(result, IssuedCode):
            return json_answer(self._code(result, language))
        return json_answer({**self._linked(result, language), "roles": roles_form(await self._linking.roles(session))})

    async def _hand_over(self, request: web.Request) -> web.Response:
        session = await self._visits.acting(request)
        await read_body(request)
        invitation = await self._sessions.invite(session.who, session.locale)
        return json_answer({"path": invitation.path}, 201)

    def _code(self, issued: IssuedCode, language: str) -> dict[str, Value]:
        half = len(issued.code) // 2
        address = issued.wallet.address
        return {
            "outcome": "code",
            "code": f"{issued.code[:half]}-{issued.code[half:]}",
            "expires_at": instant(issued.expires_at),
            "message": self._text(language, "code", address.short, address.network.label),
        }

    def _linked(self, welcome: Welcome, language: str) -> dict[str, Value]:
        address = welcome.wallet.address
        was_moved, is_repeat = welcome.link.taken_from is not None, welcome.link.is_repeat
        is_read = welcome.wallet.unknown is None
        words = ["repeat" if is_repeat else "moved" if was_moved else "linked", *([] if is_read else ["unread"])]
        return {
            "outcome": "linked",
            "wallet": {**wallet_form(address), "new": not is_repeat},
            "repeat": is_repeat,
            "moved": was_moved,
            "reading": "complete" if is_read else "unknown",
            "message": " ".join(self._text(language, word, address.short, address.network.label) for word in words),
        }

    def _text(self, language: str, outcome: str, address: str, network: str) -> str:
        return self._catalogue.text(language, f"outcome.{outcome}", address=address, network=network)
