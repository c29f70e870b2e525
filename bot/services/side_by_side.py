"""Doing things at the same time, each to its end."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import TypeVar

from bot.domain.errors import HoldfastError

Result = TypeVar("Result")


async def side_by_side(jobs: Iterable[Awaitable[Result]]) -> Sequence[Result]:
    """Do jobs at the same time, each to its end. Raises what the first one raised that failed, once all have ended."""
    return outcomes(await asyncio.gather(*jobs, return_exceptions=True))


def outcomes(results: Iterable[Result | BaseException]) -> Sequence[Result]:
    """Return what came out of jobs, or raise what the first one raised that failed."""
    ended = list(results)
    failures = [result for result in ended if isinstance(result, BaseException)]
    if failures:
        raise min(failures, key=lambda failure: isinstance(failure, HoldfastError))  # a mistake of ours comes first
    return [result for result in ended if not isinstance(result, BaseException)]
