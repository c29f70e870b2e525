"""What Alembic runs: migrations on a connection that the program brings, or on one of its own for the command line.

The command line takes the database from `-x url=...`, else from HOLDFAST_DATABASE__URL, else the default of the
settings, e.g. `alembic -x url=sqlite+aiosqlite:///holdfast.db check`.
"""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from bot.store.engine import EngineUse, create_engine
from bot.store.schema import METADATA

_DEFAULT_URL = "sqlite+aiosqlite:///holdfast.db"


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the job queue's tables in the same PostgreSQL database to their own migrations."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        compare_server_default=True,
        include_name=_is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_alone(url: str) -> None:
    engine = create_engine(url, EngineUse.MIGRATE)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


def _chosen_url() -> str:
    chosen = context.get_x_argument(as_dictionary=True).get("url")
    return chosen or os.environ.get("HOLDFAST_DATABASE__URL") or _DEFAULT_URL


_given = context.config.attributes.get("connection")
if _given is None:
    asyncio.run(_run_alone(_chosen_url()))
else:
    _run(_given)
