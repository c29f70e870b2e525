"""Links to the verify page, and the browser sessions that they open."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog

from bot.domain.challenges import Challenge
from bot.domain.errors import UserError
from bot.domain.links import Applicant
from bot.domain.web_links import WebLink, WebSession, digest_of
from bot.services.metrics import Metrics
from bot.services.ports import Clock, Store

log = structlog.get_logger(__name__)

LINK_LIFETIME = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(minutes=15)
MOST_LINKS = 5
"""Links that one member can have made within `LINK_LIFETIME`."""


class WebFault(StrEnum):
    """Why a link, a session or a code is not taken. Short codes, safe to log and count."""

    LINK_UNKNOWN = "link_unknown"
    LINK_USED = "link_used"
    LINK_EXPIRED = "link_expired"
    OTHER_ACCOUNT = "other_account"
    NO_SESSION = "no_session"
    TOO_MANY_LINKS = "too_many_links"
    NO_CODE = "no_code"
    WRONG_CODE = "wrong_code"


_TEXT = {
    WebFault.LINK_UNKNOWN: "This link is not known (any more). Nothing was linked. Get a new one with `/wallet link`.",
    WebFault.LINK_USED: "This link was used already; each one works once. Get a new one with `/wallet link`.",
    WebFault.LINK_EXPIRED: "This link has expired. Nothing was linked. Get a new one with `/wallet link`.",
    WebFault.OTHER_ACCOUNT: "This link was made for another Discord account. Nothing was linked.",
    WebFault.NO_SESSION: "The session on the page is over. Get a new link with `/wallet link`.",
    WebFault.TOO_MANY_LINKS: (
        f"You asked for {MOST_LINKS} links within 10 minutes, which is the most there can be. Nothing was changed. "
        "Use the newest one, or wait a few minutes."
    ),
    WebFault.NO_CODE: (
        "No signature of yours is waiting for a code: it was completed already, has expired, or too many wrong codes "
        "were tried. Nothing was linked. Start again with `/wallet link`."
    ),
    WebFault.WRONG_CODE: (
        "That is not the code that the page shows. Nothing was linked. Look again; after three wrong codes the "
        "signature is void. **Only enter a code from a page that you opened yourself and where you signed with your "
        "own wallet.**"
    ),
}


class WebError(UserError):
    """A link, a session or a code is not taken; `fault` says why."""

    def __init__(self, fault: WebFault) -> None:
        super().__init__(_TEXT[fault])
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was just made."""

    path: str
    """Where it leads on the verify page's host: it holds the secret token."""
    link: WebLink


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that just began."""

    secret: str
    """For the browser alone."""
    session: WebSession


class WebSessions:
    """Makes links, and turns each into at most one session."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics, *, wants_log_in: bool) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._wants_log_in = wants_log_in

    @property
    def wants_log_in(self) -> bool:
        """Whether opening a link takes a Discord log-in; else a code typed into Discord completes the first proof."""
        return self._wants_log_in

    async def invite(self, who: Applicant, locale: str, challenge: Challenge | None = None) -> Invitation:
        """Make a link for a member. `challenge` was shown beside it, and is the first that the page hands out.

        Raises `WebError` when the member asked for many links lately.
        """
        now = self._clock.now()
        token = secrets.token_urlsafe(32)
        challenge_id = None if challenge is None else challenge.id
        link = WebLink(digest_of(token), who, locale, now, now + LINK_LIFETIME, challenge_id)
        async with self._store.unit() as unit:
            is_one_too_many = await unit.web_links.made_since(who.user_id, now - LINK_LIFETIME) >= MOST_LINKS
            if not is_one_too_many:
                await unit.web_links.add(link)
        if is_one_too_many:
            raise self._refused(WebFault.TOO_MANY_LINKS)
        self._metrics.web_link("made")
        return Invitation(f"/v/{token}", link)

    async def peek(self, token: str) -> WebLink:
        """Look at a link without using it. Raises `WebError` when it cannot be used."""
        async with self._store.unit() as unit:
            link = await unit.web_links.get(digest_of(token))
        if link is None:
            raise self._refused(WebFault.LINK_UNKNOWN)
        if link.used_at is not None:
            raise self._refused(WebFault.LINK_USED)
        if link.expires_at <= self._clock.now():
            raise self._refused(WebFault.LINK_EXPIRED)
        return link

    async def led_to(self, token: str, session: WebSession) -> bool:
        """Whether a link is used up, and was made for the member and server of a session: they came back."""
        async with self._store.reading() as unit:
            link = await unit.web_links.get(digest_of(token))
        return link is not None and link.used_at is not None and link.who == session.who

    async def open(self, token: str, logged_in_as: int | None) -> OpenedSession:
        """Use a link up and begin a session. A wrong Discord account does not use it up.

        `logged_in_as` is the Discord account of the browser, None where no log-in is wanted. Raises `WebError`.
        """
        link = await self.peek(token)
        if self._wants_log_in and logged_in_as != link.who.user_id:
            log.warning("web.other_account", guild_id=link.who.guild_id, user_id=link.who.user_id)
            raise self._refused(WebFault.OTHER_ACCOUNT)
        now = self._clock.now()
        secret = secrets.token_urlsafe(32)
        session = WebSession(
            digest=digest_of(secret),
            who=link.who,
            locale=link.locale,
            is_confirmed=self._wants_log_in,
            began_at=now,
            expires_at=now + SESSION_LIFETIME,
            challenge_id=link.challenge_id,
        )
        async with self._store.unit() as unit:
            is_first = await unit.web_links.consume(link.digest, now)
            if is_first:
                await unit.web_links.add_session(session)
        if not is_first:
            raise self._refused(WebFault.LINK_USED)
        self._metrics.web_link("opened")
        return OpenedSession(secret, session)

    async def find(self, secret: str) -> WebSession:
        """The session of a browser. Raises `WebError` when there is none or it is over."""
        async with self._store.reading() as unit:
            session = await unit.web_links.session(digest_of(secret), self._clock.now())
        if session is None:
            raise WebError(WebFault.NO_SESSION)
        return session

    def _refused(self, fault: WebFault) -> WebError:
        self._metrics.web_link(fault.value)
        log.info("web_link.refused", reason=fault.value)
        return WebError(fault)
