"""Alembic migrations; `bot.store.migrations` runs them."""
