"""Proving a wallet that is a contract: the contract itself says whether a signature is its own.

A signature that recovers to the claimed address needs none of this, so `EthereumProver` comes first. Sources: EIP-1271
(the question), ERC-6492 (wallets that are not deployed yet). Unlike the reference validator of ERC-6492, this one never
makes the call that an envelope brings along against a wallet that is deployed: there are wallets which that call would
make accept a stranger's signature.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.domain.addresses import Address
from bot.domain.challenges import (
    ChallengeTerms,
    ContractEvidence,
    NoContractError,
    ProofError,
    ProofFault,
    ProofKind,
    ProofOutage,
    ProofUnavailableError,
    ProvenWallet,
)
from bot.domain.networks import Network
from bot.proof import eip191
from bot.proof.contract_paste import read_signature
from bot.proof.contracts.envelope import Envelope, EnvelopeError, open_envelope
from bot.proof.contracts.questions import NOTHING_DEPLOYED, YES, question, question_before_deployment
from bot.proof.json_rpc import JsonRpc, Reverted

_log = logging.getLogger(__name__)

_NO_DEPLOYMENT = Envelope(factory=bytes(20), deployment=b"", signature=b"")
"""Calls an address without code, which does nothing."""


@dataclass(frozen=True, slots=True)
class ContractChain:
    """Where the contract wallets of a network live."""

    rpc: JsonRpc
    chain_id: int
    """What the node must say its chain is (EIP-155), and what the challenge texts name."""


class _No(Enum):
    """Why a wallet is not proven."""

    NO_CODE = auto()
    BAD_ENVELOPE = auto()
    NOT_DEPLOYED = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class _Yes:
    digest: bytes
    kind: ProofKind


class ContractWallets:
    """Checks the signatures of contract wallets, now and again later. The owner of the nodes closes them."""

    def __init__(self, chains: Mapping[Network, ContractChain]) -> None:
        """Serve the networks of `chains`."""
        self._chains = dict(chains)
        self._confirmed: set[Network] = set()
        self._alarmed: set[Network] = set()

    def supports(self, network: Network) -> bool:
        """Whether contract wallets of this network can be proven here."""
        return network in self._chains

    async def verify(self, terms: ChallengeTerms, text: str, pasted: str) -> ProvenWallet:
        """Return the wallet named in the terms when its contract takes the pasted signature of `text` for its own.

        Raise `ProofError` when it does not, `NoContractError` when there is none, `ProofUnavailableError` when nobody
        can say, and `ValueError` for terms without an address or of a network that is not supported.
        """
        if terms.address is None or not self.supports(terms.network):
            raise ValueError("a contract wallet is proven by its address, on a supported network")
        signature = read_signature(terms.address, text, pasted)
        digests = [eip191.digest(spelling) for spelling in eip191.spellings(text)]
        match await self._ask(terms.address, signature, digests):
            case _Yes(digest, kind):
                return ProvenWallet(terms.address, kind, ContractEvidence(digest.hex(), signature))
            case no:
                raise _refusal(no, terms.address)

    async def still_valid(self, address: Address, evidence: ContractEvidence) -> bool:
        """Ask the wallet again whether the signature that proved it is its own; a new owner's contract says no.

        Raise `ProofUnavailableError` when nobody can say.
        """
        answer = await self._ask(address, evidence.signature, [bytes.fromhex(evidence.digest)])
        return isinstance(answer, _Yes)

    async def _ask(self, address: Address, signature: bytes, digests: Sequence[bytes]) -> _Yes | _No:
        try:
            chain = await self._trusted(address.network)
            return await _ask_wallet(chain.rpc, address.text, signature, digests)
        except ProofUnavailableError as error:
            _log.warning("a contract wallet on %s could not be asked: %s", address.network.value, error.outage.value)
            raise

    async def _trusted(self, network: Network) -> ContractChain:
        """Return the network's chain once its node is known to serve it and to be up to date."""
        chain = self._chains.get(network)
        if chain is None:
            raise ProofUnavailableError(ProofOutage.NOT_SERVED)
        if network not in self._confirmed:
            served = await chain.rpc.chain_id()
            if served != chain.chain_id:
                self._alarm(network, served, chain.chain_id)
                raise ProofUnavailableError(ProofOutage.WRONG_CHAIN)
            self._confirmed.add(network)
        if await chain.rpc.is_syncing():
            raise ProofUnavailableError(ProofOutage.SYNCING)
        return chain

    def _alarm(self, network: Network, served: int, expected: int) -> None:
        """Tell the host once: only they can repair it."""
        if network not in self._alarmed:
            self._alarmed.add(network)
            _log.error(
                "the node configured for contract wallets on %s serves chain %d and not %d; none can be proven",
                network.value,
                served,
                expected,
            )


async def _ask_wallet(rpc: JsonRpc, wallet: str, signature: bytes, digests: Sequence[bytes]) -> _Yes | _No:
    """Put the signature to the wallet for one digest after the other until it says yes."""
    # The code of a key's account that delegates (EIP-7702) is code like any other.
    is_deployed = bool(await rpc.code(wallet))
    try:
        envelope = open_envelope(signature)
    except EnvelopeError:
        return _No.BAD_ENVELOPE
    if envelope is None:
        if not is_deployed:
            return _No.NO_CODE
        envelope = replace(_NO_DEPLOYMENT, signature=signature)
    if not envelope.signature:
        return _No.BAD_ENVELOPE
    for digest in digests:
        asked = question(digest, envelope.signature)
        if is_deployed:
            answer = await _ask_deployed(rpc, wallet, asked)
        else:
            answer = await rpc.call(None, question_before_deployment(wallet, envelope, asked))
            if answer == NOTHING_DEPLOYED:
                return _No.NOT_DEPLOYED
        if answer == YES:
            return _Yes(digest, ProofKind.EIP_1271 if is_deployed else ProofKind.EIP_6492)
    return _No.REFUSED


async def _ask_deployed(rpc: JsonRpc, wallet: str, asked: bytes) -> bytes | Reverted:
    try:
        return await rpc.call(wallet, asked)
    except ProofUnavailableError as error:
        if error.outage is not ProofOutage.TOO_LARGE:
            raise
    # Whether the wallet or the node says too much tells our own code, which looks at the answer inside the EVM.
    return await rpc.call(None, question_before_deployment(wallet, _NO_DEPLOYMENT, asked))


def _refusal(no: _No, claimed: Address) -> ProofError:
    match no:
        case _No.NO_CODE:
            return NoContractError(
                ProofFault.WRONG_SIGNATURE,
                f"{claimed.short} is either an ordinary wallet, whose key did not make this signature, or a contract "
                "wallet that is not deployed yet. Sign the whole text with that very wallet, unchanged. "
                "A contract wallet that was never used may have to make its first transaction before it can sign.",
            )
        case _No.BAD_ENVELOPE:
            return ProofError(
                ProofFault.BAD_SIGNATURE_FORM,
                "The signature is damaged: parts that belong to it are missing. "
                "Paste the whole signature as the wallet shows it: 0x and all that follows.",
            )
        case _No.NOT_DEPLOYED:
            return ProofError(
                ProofFault.OTHER_ADDRESS,
                f"The signature says how its wallet will be deployed, and that does not lead to {claimed.short}. "
                "Choose that wallet and sign again, or start over with the address of the one that signed.",
            )
        case _No.REFUSED:
            return ProofError(
                ProofFault.WRONG_SIGNATURE,
                f"The contract wallet {claimed.short} does not accept the signature. Probably another wallet or key "
                "signed, the text was changed in copying, or the wallet is locked. "
                "Copy the whole text again and sign it with an owner of that wallet.",
            )
