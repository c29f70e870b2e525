"""The checks that need Discord: whether it takes the token, which intents it allows, where log-ins may return to."""

from collections.abc import Sequence

import discord

from bot.config import Settings
from bot.gateway.client import HoldfastClient
from bot.serve import HOW_TO_SET_IT
from bot.services.doctor import CheckResult
from bot.services.doctor.results import bad, good, warning
from bot.web.oauth import CALLBACK
from bot.web.site_address import SiteAddress

_PORTAL = "discord.com/developers/applications"


async def check_log_in(settings: Settings, client: HoldfastClient) -> tuple[bool, Sequence[CheckResult]]:
    """Log in over REST. Returns whether that worked, with what was found."""
    label = "Discord log-in"
    try:
        await client.login(settings.discord.token.get_secret_value().strip())
        application = await client.application_info()
    except discord.LoginFailure:
        return False, [bad(label, "Discord refused the token.", HOW_TO_SET_IT)]
    except (discord.HTTPException, OSError, TimeoutError) as error:
        reason = f"Discord does not answer at discord.api_base_url ({type(error).__name__})."
        return False, [bad(label, reason, "Try again later. If you use a proxy for Discord, see whether it runs.")]
    return True, [
        good(label, "The token works."),
        _check_intents(settings, client),
        *_check_redirect(settings, application),
    ]


def _check_intents(settings: Settings, client: HoldfastClient) -> CheckResult:
    label, flags = "Intents", client.application_flags
    if not settings.discord.members_intent:
        return good(
            label,
            "The members intent is not asked for: who re-joins gets the roles back at the next command, and `/rule "
            "adopt` cannot see who has a role.",
        )
    if flags.gateway_guild_members or flags.gateway_guild_members_limited:
        return good(label, "Server Members Intent is on: who re-joins gets the roles back at once.")
    return warning(
        label,
        "Server Members Intent is off: who re-joins gets the roles back at the next command only, and `/rule adopt` "
        "cannot see who has a role.",
        f"Switch it on at {_PORTAL} > your application > Bot, or set discord.members_intent = false.",
    )


def _check_redirect(settings: Settings, application: discord.AppInfo) -> Sequence[CheckResult]:
    web, label = settings.web, "Log-in redirect"
    if not web.enabled or not web.has_log_in:
        return ()
    redirect = SiteAddress.of(web.public_url, web.host, web.port).origin + CALLBACK
    if web.oauth_client_id != str(application.id):
        return (
            good(
                label,
                f"web.oauth_client_id is not this bot's application, so its redirects cannot be seen from here. "
                f"{redirect} must be one of them.",
            ),
        )
    if redirect in application.redirect_uris:
        return (good(label, f"{redirect} is entered in the developer portal."),)
    return (
        bad(
            label,
            f"{redirect} is not entered in the developer portal, so Discord refuses every log-in on the verify page.",
            f"Add exactly that address at {_PORTAL} > your application > OAuth2 > Redirects.",
        ),
    )
