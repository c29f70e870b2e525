"""The host's log: one line per event, readable in a terminal, JSON where something collects it."""

import logging
import sys

import structlog
from structlog.typing import Processor

from bot.config import LogFormat, LoggingSettings

_QUIET = ("apscheduler", "aiosqlite", "asyncio", "alembic", "procrastinate", "psycopg.pool", "sqlalchemy", "stamina")
"""Libraries whose everyday lines say nothing to a host."""
_NO_DETAILS = ("discord", "psycopg", "aiohttp")
"""Libraries that at their most talkative repeat all that is sent: what people type, tokens, addresses."""
_ERRORS_ONLY = ("discord.client",)
"""Its warnings are about voice, which the bot does not use."""


def configure_logging(settings: LoggingSettings) -> None:
    """Set up logging for the whole process, the libraries' own included."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = settings.format is LogFormat.JSON or (settings.format is LogFormat.AUTO and not sys.stderr.isatty())
    renderer: Processor = structlog.processors.JSONRenderer() if as_json else _for_people()
    structlog.configure(
        processors=[
            *shared,
            structlog.stdlib.filter_by_level,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name, structlog.processors.format_exc_info],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    for name in _NO_DETAILS:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in _ERRORS_ONLY:
        logging.getLogger(name).setLevel(max(logging.ERROR, root.level))


def _for_people() -> Processor:
    """For a terminal. Tracebacks are plain: the usual ones show every variable, secrets included."""
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
