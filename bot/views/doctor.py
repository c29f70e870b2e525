"""The doctor's findings."""

from collections.abc import Sequence

from bot.services.doctor import CheckResult, CheckStatus
from bot.views.text import counted, pages_of

_SIGN = {CheckStatus.GOOD: "🟢", CheckStatus.WARNING: "🟡", CheckStatus.BAD: "🔴"}
_ORDER = {CheckStatus.BAD: 0, CheckStatus.WARNING: 1, CheckStatus.GOOD: 2}


def pages(results: Sequence[CheckResult]) -> Sequence[str]:
    """All findings, the worst first."""
    bad = sum(result.status is CheckStatus.BAD for result in results)
    warnings = sum(result.status is CheckStatus.WARNING for result in results)
    if bad:
        head = f"**{counted(bad, 'thing needs', 'things need')} to be put right.**"
    elif warnings:
        head = f"**Holdfast works here.** {counted(warnings, 'thing is', 'things are')} worth a look."
    else:
        head = "**All is well here.**"
    ordered = sorted(results, key=lambda result: _ORDER[result.status])
    return pages_of([head, *map(_about, ordered)])


def _about(result: CheckResult) -> str:
    fix = f"\n-# {result.fix}" if result.fix and result.status is not CheckStatus.GOOD else ""
    return f"{_SIGN[result.status]} **{result.label}** {result.reason}{fix}"
