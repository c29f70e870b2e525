"""Which JSON-RPC errors of a node are the EVM's answer, and which only say that there is none.

The line is drawn by the message, because nodes do not agree on the codes. A message that is not known here is no
verdict: the cost of a mistake would be somebody's role. Wordings are those of geth, erigon, nethermind, besu, reth and
anvil.
"""

import re
from dataclasses import dataclass, field

from bot.domain.challenges import ProofOutage

_EVM_CODES = frozenset({3, -32000, -32003, -32015, -32603})
"""geth's revert; the server error of most; rejected transaction (reth, anvil); parity's VM error; internal error."""
_FAILED_CALL = re.compile(
    r"((vm )?execution reverted|reverted\b|revert$|revert:|vm exception while processing transaction: (revert|invalid)"
    r"|(evm error:? ?)?(out ?of ?gas\b|basicoutofgas)"
    r"|(evm error:? ?)?(invalid ?opcode|invalidfeopcode|opcodenotfound|bad ?instruction)"
    r"|(evm error:? ?)?(invalid ?jump|stack ?(underflow|overflow|limit reached)|write protection)"
    r"|(evm error:? ?)?(return data out of bounds|gas uint64 overflow)"
    r"|contract creation code storage out of gas)",
    re.IGNORECASE,
)
_VM_ERROR = re.compile(r"vm execution error\.?", re.IGNORECASE)
"""What parity and nethermind say of every failed call; the reason is in the data."""
_RATE_CODES = frozenset({-32005, 429, -32029})
_RATE = re.compile(r"rate.?limit|too many requests|exceeded.*(capacity|quota|limit)|limit exceeded", re.IGNORECASE)
_SYNCING = re.compile(r"\bsyncing\b|not (yet )?synced|header not found|missing trie node", re.IGNORECASE)
_UNKNOWN_METHOD_CODES = frozenset({-32601, -32004})


@dataclass(frozen=True, slots=True)
class RpcError:
    """The error member of a JSON-RPC response. Its message is the node's and may hold anything: never log it."""

    code: int
    message: str = field(repr=False)
    data: str = field(repr=False)

    @property
    def is_failed_call(self) -> bool:
        """Whether the EVM ran the call and it failed: reverted, or stopped by an error of its code."""
        if self.code not in _EVM_CODES:
            return False
        told = self.data if _VM_ERROR.fullmatch(self.message) else self.message
        return _FAILED_CALL.match(told) is not None

    @property
    def is_unknown_method(self) -> bool:
        """Whether the node does not offer the method, as some gateways do not offer every one."""
        return self.code in _UNKNOWN_METHOD_CODES

    @property
    def outage(self) -> ProofOutage:
        """Why there is no answer, for an error that is none."""
        if self.code in _RATE_CODES or _RATE.search(self.message):
            return ProofOutage.RATE
        if _SYNCING.search(self.message):
            return ProofOutage.SYNCING
        return ProofOutage.REFUSED
