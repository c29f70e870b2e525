"""Holdfast: a Discord bot that gates roles by NFT holdings, on evidence only."""
