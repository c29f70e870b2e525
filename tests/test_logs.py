"""The host's log: what errors look like in it."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.config import LogFormat, LoggingSettings
from bot.logs import configure_logging


@pytest.fixture(params=[LogFormat.CONSOLE, LogFormat.JSON])
def configured(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    configure_logging(LoggingSettings(format=request.param))
    yield
    root.handlers, level, config = before
    root.setLevel(level)
    structlog.configure(**config)
    for name, own in levels.items():
        logging.getLogger(name).setLevel(own)


def fail() -> None:
    password = "hush" + "-hush"
    raise ValueError(len(password))


@pytest.mark.usefixtures("configured")
def test_an_error_is_shown_with_its_place_but_never_with_its_variables(capsys: pytest.CaptureFixture[str]) -> None:
    for logger in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        try:
            fail()
        except ValueError:
            logger.exception("went.wrong")
        written = capsys.readouterr().err
        assert "went.wrong" in written
        assert "ValueError: 9" in written
        assert "in fail" in written
        assert "hush-hush" not in written
