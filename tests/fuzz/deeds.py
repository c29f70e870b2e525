"""What all steps of a schedule share: the town, the choices, and how to pick somebody or something in it."""

from random import Random

from bot.sandbox.discord import Role
from tests.fuzz.bench import TestWallet
from tests.fuzz.chance import happens
from tests.fuzz.town import Server, Town


class Deeds:
    """Steps in a town. Each is a coroutine that returns a line for the story told when the schedule fails."""

    def __init__(self, town: Town, rng: Random) -> None:
        self.town = town
        self.rng = rng

    def server(self) -> Server:
        """A server."""
        return self.rng.choice(self.town.servers)

    def wallet(self) -> TestWallet:
        """A wallet, most often one that is linked."""
        linked = [wallet for wallet in self.town.wallets if wallet.address.text in self.town.witness.links]
        return self.rng.choice(linked if linked and not happens(self.rng, 20) else self.town.wallets)

    def ruled(self, server: Server) -> Role:
        """A role, one with a rule if there is one."""
        ruled = [role for role in server.roles if (server.guild.id, role.id) in self.town.witness.rules]
        return self.rng.choice(ruled or server.roles)
