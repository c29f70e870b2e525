"""The clock, and the loops that run what the database says is due."""
