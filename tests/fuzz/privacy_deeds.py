"""What members decide about what is stored of them."""

from bot.domain.privacy import AskedBy
from tests.fuzz.deeds import Deeds


class PrivacyDeeds(Deeds):
    """Not to count in a server, to count again, to be forgotten."""

    async def opt_out_or_in(self) -> str:
        """Somebody does not want their wallets to count here, or does again."""
        town, server, user = self.town, self.server(), self.rng.choice(self.town.users)
        key, opting = (server.guild.id, user.id), town.bot.services.privacy.opting_out
        if user.id not in server.guild.members:
            return "nobody there"
        if key in town.records.opted_out():
            await town.call(opting.opt_in(*key), withdrawn=town.decisions.withdrawn - {key})
            return f"{user.name} counts again"
        await town.call(opting.opt_out(*key), withdrawn=town.decisions.withdrawn | {key})
        return f"{user.name} does not want to count"

    async def delete(self) -> str:
        """Somebody wants all that is stored of them deleted."""
        town, user = self.town, self.rng.choice(self.town.users)
        forgetting = town.bot.services.privacy.forgetting
        await town.call(forgetting.ask(user.id, AskedBy.MEMBER))
        if user.id in town.records.forgetting():
            links = {address: owner for address, owner in town.witness.links.items() if owner != user.id}
            await town.call(town.bot.services.privacy.forgetting.go_on(user.id), links)
        over = user.id not in town.records.forgetting()
        return f"{user.name} is {'forgotten' if over else 'to be forgotten'}"
