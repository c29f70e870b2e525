"""Stand-ins for the balance APIs on loopback: documented shapes and headers, and every failure on demand."""

from bot.sandbox.balances.faults import Fault, FaultDetails
from bot.sandbox.balances.loopring import LoopringStandIn
from bot.sandbox.balances.mintgarden import MintGardenStandIn
from bot.sandbox.balances.ownership import OwnedNft
from bot.sandbox.balances.server import SandboxBalances
from bot.sandbox.balances.spacescan import SpacescanStandIn
from bot.sandbox.balances.stand_in import StandIn, Wallet
from bot.sandbox.balances.traffic import BalanceRequest, RequestLog

__all__ = [
    "BalanceRequest",
    "Fault",
    "FaultDetails",
    "LoopringStandIn",
    "MintGardenStandIn",
    "OwnedNft",
    "RequestLog",
    "SandboxBalances",
    "SpacescanStandIn",
    "StandIn",
    "Wallet",
]
