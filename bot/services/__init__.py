"""Use cases. They know the outside world through the protocols in ports.py only."""
