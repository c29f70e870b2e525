"""What services ask of the database, topic by topic."""

from bot.services.repositories.unit import UnitOfWork

__all__ = ["UnitOfWork"]
