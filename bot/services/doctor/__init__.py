"""The doctor: one engine of checks behind `holdfast doctor` and `/doctor`."""

from bot.services.doctor.examining import Doctor
from bot.services.doctor.results import BalanceChecks, CheckResult, CheckStatus, HostCheck

__all__ = ["BalanceChecks", "CheckResult", "CheckStatus", "Doctor", "HostCheck"]
