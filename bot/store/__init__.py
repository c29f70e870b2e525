"""What Holdfast remembers: SQLAlchemy models behind repositories that return domain objects."""
