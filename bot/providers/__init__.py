"""Clients of the balance APIs, one file each; every answer is a reading."""
