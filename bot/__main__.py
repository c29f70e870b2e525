"""`python -m bot` is `holdfast`."""

from bot.cli import main

main()
