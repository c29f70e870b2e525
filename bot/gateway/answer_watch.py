"""What all answers of Discord tell besides their content: how much of each limit is left, and what was refused.

discord.py keeps the headers to itself and repeats by itself what was refused with 429, so aiohttp is asked for them.
"""

import re
from types import SimpleNamespace

import aiohttp

from bot.gateway.budget import RequestBudget
from bot.gateway.role_lanes import Lane, RoleLanes

_MEMBER_PATH = re.compile(r"/guilds/(\d{1,20})/members/\d{1,20}(/roles/\d{1,20})?$")
_INVALID = frozenset({401, 403, 429})


def watch(budget: RequestBudget, lanes: RoleLanes) -> aiohttp.TraceConfig:
    """Return what counts refusals, and teaches the lanes, for as long as a client runs."""

    async def on_answer(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        answer = params.response
        # Discord does not count a limit that is shared with others.
        if answer.status in _INVALID and answer.headers.get("X-RateLimit-Scope") != "shared":
            budget.count_refusal()
        found = _MEMBER_PATH.search(params.url.path)
        lane = None if found is None else _lane(params.method, is_one_role=found[2] is not None)
        if found is not None and lane is not None:
            lanes.learn(int(found[1]), lane, answer.headers)

    config = aiohttp.TraceConfig()
    config.on_request_end.append(on_answer)
    return config


def _lane(method: str, *, is_one_role: bool) -> Lane | None:
    match method, is_one_role:
        case (("PUT" | "DELETE"), True):
            return Lane.ONE_ROLE
        case "PATCH", False:
            return Lane.ROLE_LIST
        case _:
            return None
