"""`python -m benchmarks [NAME …]`: run benchmarks, print both sides of each, fail loudly when a limit is missed."""

import asyncio
import sys

from benchmarks.answers import answers
from benchmarks.calls import calls
from benchmarks.memory import memory
from benchmarks.report import Benchmark, UnequalWorkError
from benchmarks.role_writes import role_writes
from benchmarks.scale import rules, wallets
from benchmarks.start import start
from benchmarks.throughput import throughput
from benchmarks.workers import workers

BENCHMARKS: dict[str, Benchmark] = {
    "calls": calls,
    "throughput": throughput,
    "wallets": wallets,
    "rules": rules,
    "memory": memory,
    "start": start,
    "role_writes": role_writes,
    "answers": answers,
    "workers": workers,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all. Returns the exit code."""
    strangers = [name for name in names if name not in BENCHMARKS]
    if strangers:
        print(f"There is no benchmark called {', '.join(strangers)}. There are: {', '.join(BENCHMARKS)}.")
        return 2
    failed = 0
    for name in names or BENCHMARKS:
        try:
            outcomes = asyncio.run(BENCHMARKS[name]())
        except UnequalWorkError as error:
            print(f"FAILS  {name}: the sides did different work. {error}", flush=True)
            failed += 1
            continue
        for outcome in outcomes:
            print(outcome, flush=True)
            failed += not outcome.holds
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
