"""The Ethereum nodes that contract wallets are asked through, by the settings."""

from dataclasses import dataclass

from bot.config import EthereumSettings
from bot.domain.networks import Network
from bot.proof.contract_wallets import ContractChain, ContractWallets
from bot.proof.json_rpc import JsonRpc

CHAIN_IDS = {Network.LOOPRING: 1, Network.LOOPRING_TESTNET: 11155111}
"""Where the contract wallets of an L2 live: Ethereum, and Sepolia for the testnet. Challenges name the same ids."""


@dataclass(frozen=True, slots=True)
class EthereumNodes:
    """The nodes, and the contract wallets that can be proven through them. Whoever builds it closes it."""

    nodes: tuple[JsonRpc, ...]
    wallets: ContractWallets

    @classmethod
    def of(cls, settings: EthereumSettings) -> "EthereumNodes":
        """Prepare the nodes that are set. Raises `ConfigError` for an address that cannot be used."""
        urls = {
            Network.LOOPRING: settings.rpc_url.get_secret_value(),
            Network.LOOPRING_TESTNET: settings.testnet_rpc_url.get_secret_value(),
        }
        chains = {
            network: ContractChain(JsonRpc(url), CHAIN_IDS[network])
            for network, url in urls.items()
            if url and settings.contract_wallets
        }
        return cls(tuple(chain.rpc for chain in chains.values()), ContractWallets(chains))

    async def close(self) -> None:
        """End all connections."""
        for node in self.nodes:
            await node.close()
