"""The networks wallets live on."""

from enum import StrEnum


class Family(StrEnum):
    """Networks of one family share the address format and the way a wallet is proven."""

    CHIA = "chia"
    ETHEREUM = "ethereum"


class Network(StrEnum):
    """One chain or layer; the value is the word that people type and that the database holds."""

    CHIA_MAINNET = "chia-mainnet"
    CHIA_TESTNET11 = "chia-testnet11"
    LOOPRING = "loopring"
    LOOPRING_TESTNET = "loopring-testnet"

    @property
    def family(self) -> Family:
        """The address and proof family of this network."""
        return _FAMILY[self]

    @property
    def label(self) -> str:
        """The name to show to people."""
        return _LABEL[self]


_FAMILY = {
    Network.CHIA_MAINNET: Family.CHIA,
    Network.CHIA_TESTNET11: Family.CHIA,
    Network.LOOPRING: Family.ETHEREUM,
    Network.LOOPRING_TESTNET: Family.ETHEREUM,
}

_LABEL = {
    Network.CHIA_MAINNET: "Chia",
    Network.CHIA_TESTNET11: "Chia testnet11",
    Network.LOOPRING: "Loopring L2",
    Network.LOOPRING_TESTNET: "Loopring L2 testnet",
}

CHIA_PREFIX = {Network.CHIA_MAINNET: "xch", Network.CHIA_TESTNET11: "txch"}
"""Address prefixes (bech32m human-readable parts) of the Chia networks."""
