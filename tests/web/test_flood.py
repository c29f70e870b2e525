"""Ten thousand requests from one address: short answers, flat memory, and the bot goes on as if nothing were."""

import asyncio
import json
import sys
import time
from pathlib import Path
from statistics import median, quantiles

from bot.sandbox.discord import User
from tests.web.acting import Site

REQUESTS = 10_000
MOST_GROWTH = 32 * 1024 * 1024
"""Bytes; ten thousand remembered requests of a few kilobytes each would be more."""
PROMPT = 0.1
"""Seconds in which a command is answered during a flood."""
BUSY = 5
"""Other tests may share the machine: a quarter of the answers must be prompt, and half of them within so many times."""
FLOOD = """
import asyncio, collections, json, sys

host, port, total, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
statuses = collections.Counter()
longest = 0

async def one(numbers):
    global longest
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        path = ("/", "/v/guess", "/api/session", "/nothing", "/readyz")[number % 5]
        forwarded = f"X-Forwarded-For: 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", forwarded, "Accept: text/html", "", ""]
        writer.write("\\r\\n".join(lines).encode())
        head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\\r\\n")[0])
        await reader.readexactly(length)
        status = int(head.split()[1])
        statuses[status] += 1
        if status == 429:
            longest = max(longest, length)
    writer.close()

async def main():
    await asyncio.gather(*(one(range(start, total, at_once)) for start in range(at_once)))
    print(json.dumps({"statuses": statuses, "longest": longest}))

asyncio.run(main())
"""


def resident() -> int:
    """The memory that this process holds, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def flood(site: Site, requests: int) -> dict[str, object]:
    """Send requests from another process, over eight connections."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FLOOD, f"127.0.0.1:{site.port}", str(site.port), str(requests), "8",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0
    told = json.loads(out)
    assert isinstance(told, dict)
    return told


async def command_seconds(site: Site, user: User) -> float:
    """How long a member waits for the answer to a command."""
    began = time.perf_counter()
    await site.server.use(user, "wallet list")
    return time.perf_counter() - began


async def test_ten_thousand_requests_from_one_address_do_no_harm(site: Site) -> None:
    alice = site.server.joined("alice")
    await command_seconds(site, alice)
    await flood(site, 1000)
    before = resident()

    flooding = asyncio.create_task(flood(site, REQUESTS))
    waits = []
    while not flooding.done():
        waits.append(await command_seconds(site, alice))
        await asyncio.sleep(0.05)
    told = await flooding

    statuses = told["statuses"]
    assert isinstance(statuses, dict)
    assert sum(statuses.values()) == REQUESTS
    assert statuses["429"] > REQUESTS * 0.9
    assert isinstance(told["longest"], int)
    assert told["longest"] < 300
    assert resident() - before < MOST_GROWTH
    assert len(waits) >= 5
    assert quantiles(waits, n=4)[0] < PROMPT, waits
    assert median(waits) < PROMPT * BUSY, waits
