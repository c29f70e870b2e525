"""The settings of the providers, one section for each."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.domain.addresses import parse_address
from bot.domain.errors import UserError
from bot.domain.networks import Network
from bot.setting_types import Section, Url, listed


def _canary(network: Network) -> AfterValidator:
    """Accept a wallet address of that network. The text itself is never repeated: it may be a misplaced secret."""

    def check(text: str | None) -> str | None:
        if text is None or not text.strip():
            return None
        try:
            return parse_address(network, text).text
        except UserError:
            raise ValueError(f"must be the address of a wallet on {network.label} that holds something") from None

    return AfterValidator(check)


Retired = bool | date


class SpacescanSettings(Section):
    """The Spacescan provider (Chia)."""

    enabled: bool = True
    networks: Annotated[tuple[Literal[Network.CHIA_MAINNET, Network.CHIA_TESTNET11], ...], BeforeValidator(listed)] = (
        Network.CHIA_MAINNET,
        Network.CHIA_TESTNET11,
    )
    base_url: Url | None = None
    testnet_base_url: Url | None = None
    testnet_prefix: Literal["txch", "xch"] = "txch"
    api_key: SecretStr = SecretStr("")
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    monthly_quota: Annotated[int, Field(ge=0)] | None = None
    canary: Annotated[str | None, _canary(Network.CHIA_MAINNET)] = None
    testnet_canary: Annotated[str | None, _canary(Network.CHIA_TESTNET11)] = None
    retired: Retired = False


class MintGardenSettings(Section):
    """The MintGarden provider (Chia)."""

    enabled: bool = False
    networks: Annotated[tuple[Literal[Network.CHIA_MAINNET, Network.CHIA_TESTNET11], ...], BeforeValidator(listed)] = (
        Network.CHIA_MAINNET,
        Network.CHIA_TESTNET11,
    )
    base_url: Url = "https://api.mintgarden.io"
    testnet_base_url: Url = "https://api.testnet.mintgarden.io"
    requests_per_minute: Annotated[float, Field(gt=0)] = 120
    monthly_quota: Annotated[int, Field(ge=0)] | None = None
    canary: Annotated[str | None, _canary(Network.CHIA_MAINNET)] = None
    testnet_canary: Annotated[str | None, _canary(Network.CHIA_TESTNET11)] = None
    retired: Retired = False


class LoopringSettings(Section):
    """The Loopring L2 provider."""

    enabled: bool = True
    base_url: Url = "https://api3.loopring.io"
    testnet_base_url: Url = "https://uat2.loopring.io"
    api_key: SecretStr = SecretStr("")
    requests_per_second: Annotated[float, Field(gt=0)] = 2.0
    monthly_quota: Annotated[int, Field(ge=0)] | None = None
    canary: Annotated[str | None, _canary(Network.LOOPRING)] = None
    testnet_canary: Annotated[str | None, _canary(Network.LOOPRING_TESTNET)] = None
    retired: Retired = False


class ProvidersSettings(Section):
    """One section for each provider."""

    spacescan: SpacescanSettings = SpacescanSettings()
    mintgarden: MintGardenSettings = MintGardenSettings()
    loopring: LoopringSettings = LoopringSettings()
