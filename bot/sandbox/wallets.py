"""Wallets with real keys for trying the bot: they sign what they are shown and print it as the real ones do.

The keys follow from a seed text, so a demonstration looks the same every time. Never put funds on their addresses.
The payloads are built here on their own and not with the code that checks them.
"""

import hashlib
import json
from enum import StrEnum

from chia_wallet_sdk import PublicKey, SecretKey, standard_puzzle_hash, tree_hash_atom, tree_hash_pair
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.networks import CHIA_PREFIX, Family, Network

_CHIA_ACCOUNT = [12381, 8444, 2]
"""The derivation path of wallet keys in chia-blockchain (`master_sk_to_wallet_sk_unhardened`)."""
_CHIA_MODE = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_AUG:CHIP-0002_"
_SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class ChiaForm(StrEnum):
    """The ways in which Chia wallets print a signed message."""

    CLI = "cli"
    """`chia wallet sign_message`"""
    GUI_JSON = "gui_json"
    """What the desktop wallet puts on the clipboard."""
    RPC_JSON = "rpc_json"
    """`sign_message_by_address` over RPC."""
    WALLETCONNECT_JSON = "walletconnect_json"
    """`chia_signMessageByAddress` of the desktop wallet."""
    SAGE_JSON = "sage_json"
    """`chia_signMessageByAddress` of Sage."""
    TWO_WORDS = "two_words"
    """Public key and signature, copied by hand."""


class EthereumForm(StrEnum):
    """The ways in which Ethereum wallets print a signed message."""

    BARE = "bare"
    MEW_JSON = "mew_json"
    """MyEtherWallet"""
    ETHERSCAN_JSON = "etherscan_json"


class ChiaTestWallet:
    """One Chia address and the key that owns it."""

    def __init__(self, network: Network, secret: SecretKey) -> None:
        """Own the standard address of a *synthetic* secret key on a Chia network."""
        if network.family is not Family.CHIA:
            raise ValueError(f"{network.value} is not a Chia network")
        self._secret = secret
        self.public_key: PublicKey = secret.public_key()
        puzzle_hash = standard_puzzle_hash(self.public_key)
        self.address = Address(network, chia_ids.encode(CHIA_PREFIX[network], puzzle_hash))

    @classmethod
    def from_seed(cls, seed: str | bytes, network: Network = Network.CHIA_MAINNET, index: int = 0) -> "ChiaTestWallet":
        """Derive the address number `index` of the wallet with that seed, along the path that Chia wallets use."""
        master = SecretKey.from_seed(hashlib.sha256(_seed_bytes(seed)).digest())
        return cls(network, master.derive_unhardened_path([*_CHIA_ACCOUNT, index]).derive_synthetic())

    def sign(self, text: str, form: ChiaForm = ChiaForm.CLI) -> str:
        """Sign a text as CHIP-0002 says and return what the owner would copy out of the wallet."""
        payload = tree_hash_pair(tree_hash_atom(b"Chia Signed Message"), tree_hash_atom(text.encode()))
        key, signature = self.public_key.to_bytes().hex(), self._secret.sign(payload).to_bytes().hex()
        match form:
            case ChiaForm.CLI:
                return f"\nMessage: {text}\nPublic Key: {key}\nSignature: {signature}\nSigning Mode: {_CHIA_MODE}\n"
            case ChiaForm.TWO_WORDS:
                return f"{key}\n{signature}"
            case ChiaForm.GUI_JSON:
                answer = {
                    "message": text,
                    "pubkey": key,
                    "signature": signature,
                    "signing_mode": _CHIA_MODE,
                    "address": self.address.text,
                }
                return json.dumps(answer, indent=2)
            case ChiaForm.RPC_JSON:
                return json.dumps(
                    {
                        "pubkey": f"0x{key}",
                        "signature": f"0x{signature}",
                        "signing_mode": _CHIA_MODE,
                        "success": True,
                    }
                )
            case ChiaForm.WALLETCONNECT_JSON:
                inner = {"pubkey": key, "signature": signature, "signingMode": _CHIA_MODE, "success": True}
                return json.dumps({"data": inner})
            case ChiaForm.SAGE_JSON:
                return json.dumps({"publicKey": key, "signature": signature})


class EthereumTestWallet:
    """One Ethereum-style account."""

    def __init__(self, network: Network, secret: PrivateKey) -> None:
        """Own the account of a secret key on an Ethereum-style network."""
        if network.family is not Family.ETHEREUM:
            raise ValueError(f"{network.value} is not an Ethereum-style network")
        self._secret = secret
        self.address = Address(network, secret.public_key.to_address())

    @classmethod
    def from_seed(cls, seed: str | bytes, network: Network = Network.LOOPRING) -> "EthereumTestWallet":
        """Derive the account with that seed."""
        number = int.from_bytes(keccak(_seed_bytes(seed))) % (_SECP256K1_ORDER - 1) + 1
        return cls(network, PrivateKey(number.to_bytes(32)))

    def sign(self, text: str, form: EthereumForm = EthereumForm.BARE) -> str:
        """Sign a text as `personal_sign` does and return what the owner would copy out of the wallet."""
        message = text.encode()
        envelope = b"\x19Ethereum Signed Message:\n%d" % len(message) + message
        signed = self._secret.sign_msg_hash(keccak(envelope))
        signature = "0x" + (signed.to_bytes()[:64] + bytes([27 + signed.v])).hex()
        match form:
            case EthereumForm.BARE:
                return signature
            case EthereumForm.MEW_JSON:
                answer = {"address": self.address.text, "msg": text, "sig": signature, "version": "2"}
                return json.dumps(answer, indent=2)
            case EthereumForm.ETHERSCAN_JSON:
                return json.dumps(
                    {"address": self.address.display, "message": text, "signature": signature, "version": "2"}
                )


def _seed_bytes(seed: str | bytes) -> bytes:
    return seed.encode() if isinstance(seed, str) else seed
