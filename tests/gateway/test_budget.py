"""The budget of refused requests, and what it tells of itself."""

import pytest

from bot.gateway.budget import MOST_REFUSALS, REFUSAL_WINDOW, BudgetSpentError, RequestBudget


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_it_closes_at_its_limit_and_opens_when_old_refusals_are_past() -> None:
    seconds = Seconds()
    budget = RequestBudget(seconds)
    for _ in range(MOST_REFUSALS - 1):
        budget.count_refusal()
    await budget.spend()
    assert (budget.figures.used, budget.figures.is_open) == (MOST_REFUSALS - 1, True)

    seconds.now = 1.0
    budget.count_refusal()
    figures = budget.figures
    assert (figures.used, figures.limit, figures.is_open) == (MOST_REFUSALS, MOST_REFUSALS, False)
    assert figures.window.total_seconds() == REFUSAL_WINDOW
    with pytest.raises(BudgetSpentError):
        await budget.spend()

    seconds.now = REFUSAL_WINDOW + 0.5
    assert (budget.figures.used, budget.figures.is_open) == (1, True)
    await budget.spend()
