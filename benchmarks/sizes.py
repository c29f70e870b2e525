"""How large the large benchmarks are. `BENCH_SHARE=0.1` makes them a tenth as large, and so a tenth as long."""

import os


def sized(number: int) -> int:
    """Return the number of wallets to use where the full benchmark has so many."""
    return max(1, round(number * float(os.environ.get("BENCH_SHARE", "1"))))
