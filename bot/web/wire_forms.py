"""What the pages' scripts get to see, as JSON. Addresses are short except the one that a challenge names."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain.addresses import Address
from bot.domain.challenges import Challenge
from bot.domain.networks import CHIA_PREFIX, Family, Network
from bot.domain.web_links import PendingProof
from bot.services.web_linking import RolesSince, SessionState
from bot.web.pages import Value

_CHAIN_ID = {Network.LOOPRING: 1, Network.LOOPRING_TESTNET: 11155111}
"""The chain whose accounts own the layer's accounts; wallets want to know it."""


def instant(moment: datetime) -> str:
    """A time, RFC 3339 in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def network_form(network: Network) -> dict[str, Value]:
    """A network that can be chosen."""
    return {
        "id": network.value,
        "label": network.label,
        "family": network.family.value,
        "needs_address": network.family is Family.ETHEREUM,
        "chain_id": _CHAIN_ID.get(network),
        "prefix": CHIA_PREFIX.get(network),
    }


def network_forms(networks: Sequence[Network]) -> list[Value]:
    """All networks that can be chosen."""
    return [network_form(network) for network in networks]


def wallet_form(address: Address) -> dict[str, Value]:
    """A wallet."""
    return {"network": address.network.value, "label": address.network.label, "address": address.short}


def challenge_form(challenge: Challenge) -> dict[str, Value]:
    """A challenge to be answered."""
    address = challenge.terms.address
    return {
        "id": challenge.id,
        "network": challenge.terms.network.value,
        "address": None if address is None else address.display,
        "text": challenge.text,
        "expires_at": instant(challenge.terms.expires_at),
    }


def roles_form(roles: RolesSince) -> dict[str, Value]:
    """The roles that changed."""
    return {"given": list(roles.given), "taken": list(roles.taken), "settled": roles.is_settled}


def session_form(state: SessionState, csrf: str, *, wants_log_in: bool) -> dict[str, Value]:
    """A session and all that came of it."""
    session = state.session
    return {
        "csrf": csrf,
        "mode": "oauth" if wants_log_in else "code",
        "confirmed": session.is_confirmed,
        "expires_at": instant(session.expires_at),
        "member": {"id": str(session.who.user_id), "username": session.who.username},
        "server": {"id": str(session.who.guild_id), "name": state.server_name},
        "networks": network_forms(state.networks),
        "pending": None if state.pending is None else _pending_form(state.pending),
        "wallets": [
            {**wallet_form(link.wallet.address), "new": link.proven_at >= session.began_at} for link in state.links
        ],
        "roles": roles_form(state.roles),
    }


def _pending_form(pending: PendingProof) -> dict[str, Value]:
    return {
        **wallet_form(pending.proven.address),
        "expires_at": instant(pending.expires_at),
        "tries_left": pending.tries_left,
    }
