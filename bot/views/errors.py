"""Errors in words. Every answer says what happened, what it means, and what to do."""

from discord import app_commands

from bot.domain.errors import HoldfastError
from bot.domain.expression_errors import ExpressionError
from bot.views.text import CONTENT_MAX, code_block, cut


def in_words(error: HoldfastError) -> str:
    """Say what an error of ours means; mistakes in an expression keep their columns in a code block."""
    if isinstance(error, ExpressionError):
        return f"The expression cannot be read, so nothing was changed.\n{code_block(cut(str(error), 1800))}"
    return cut(str(error), CONTENT_MAX)


def unexpected(reference: str) -> str:
    """What to say when it is our own fault. It does not promise more than is known about how far things got."""
    return (
        f"Something went wrong on our side (reference `{reference}`), so what you asked for was not finished. "
        "No role is ever taken because of such a fault. Try again in a minute. If it happens again, tell the host of "
        "this bot the reference."
    )


def refused(error: app_commands.AppCommandError) -> str | None:
    """Say what it means when discord.py refused to start a command; None for anything else."""
    match error:
        case app_commands.NoPrivateMessage():
            return "This works in a server only, not in direct messages."
        case app_commands.CheckFailure():
            return "You may not use this command here. A server's admins decide that under Integrations."
        case app_commands.CommandSignatureMismatch() | app_commands.CommandNotFound():
            return (
                "This command has just changed and your Discord still shows the old form. Nothing was done. "
                "Reload Discord (Ctrl+R, or close and open the app) and try again."
            )
        case app_commands.TransformerError():
            return (
                "One of the options is something that Discord or Holdfast no longer knows, such as a deleted role or "
                "channel. Nothing was changed. Choose it again from the list."
            )
        case _:
            return None
