"""Whether a balance API's host can be reached at all, without asking it anything that counts as a call."""

import asyncio

from yarl import URL

SECONDS = 5.0


async def why_unreachable(origin: URL) -> str | None:
    """Open and close a connection, with TLS where the address says so. Returns the kind of failure, or None."""
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(origin.host, origin.port, ssl=origin.scheme == "https" or None)
            writer.close()
    except TimeoutError:
        return f"no answer within {SECONDS:.0f} seconds"
    except OSError as error:  # its text may hold more than the kind of failure
        return type(error).__name__
    return None
