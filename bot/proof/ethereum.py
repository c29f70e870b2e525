"""Proving an Ethereum-style address with a signed EIP-4361 text ("Sign-In with Ethereum").

Only accounts with a key of their own can be proven: the signature is recovered to an address without asking any chain.
"""

from dataclasses import dataclass

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak

from bot.domain.addresses import Address
from bot.domain.challenges import ChallengeTerms, ProofError, ProofFault, ProofKind, ProvenWallet
from bot.domain.networks import Family, Network
from bot.proof import wording
from bot.proof.claims import named_address, refuse_other_message
from bot.proof.paste import Field, Paste, not_a_signature, read_paste

_CHAIN_ID = {Network.LOOPRING: 1, Network.LOOPRING_TESTNET: 11155111}
"""The chain whose accounts own the layer's accounts: Ethereum and Sepolia."""
_DISCORD = "discord.com"
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order n of secp256k1 (SEC 2, section 2.4.1)."""
_DIGITS = (128, 130, 132)
"""EIP-2098 compact form, the usual r, s, v, and Loopring's r, s, v, type."""
_LOOPRING_TYPES = (2, 3)
"""Loopring appends how it was signed: 02 for EIP-712, 03 for a signed message."""
_CHIA_DIGITS = (96, 192)
_PASTE_ALL = "Paste the signature that the wallet shows after signing: 0x and 130 more characters."


@dataclass(frozen=True, slots=True)
class _Recoverable:
    """A signature whose numbers are in range; `y_parity` is 0 or 1."""

    y_parity: int
    r: int
    s: int


class EthereumProver:
    """Writes challenge texts for Ethereum-style accounts and checks the answers. Stateless."""

    family = Family.ETHEREUM

    def __init__(self, host: str, scheme: str = "https") -> None:
        """Name `host` as the asking party; wallets warn when another page asks. Raise `ValueError` for a bad one."""
        self._host = wording.checked_host(host)
        self._scheme = scheme

    def challenge_text(self, terms: ChallengeTerms) -> str:
        """Write the EIP-4361 text for the address named in the terms.

        Raise `ValueError` for terms without an address or of another family.
        """
        claimed = _claimed_address(terms)
        return self._text(
            terms,
            claimed.display,
            wording.nonce(terms),
            wording.instant(terms.issued_at),
            wording.instant(terms.expires_at),
        )

    def preview(self, terms: ChallengeTerms) -> str:
        """Write the text with words in place of the address, the nonce and the times."""
        return self._text(terms, wording.YOUR_ADDRESS, wording.SOME_NONCE, wording.WHEN_ASKED, wording.WHEN_EXPIRED)

    def _text(self, terms: ChallengeTerms, address: str, nonce: str, issued: str, expires: str) -> str:
        path = f"channels/{terms.guild_id}" if self._host == _DISCORD else ""
        return (
            f"{self._host} wants you to sign in with your Ethereum account:\n"
            f"{address}\n"
            f"\n"
            f"This will {wording.request(terms)}. {wording.CAUTION}\n"
            f"\n"
            f"URI: {self._scheme}://{self._host}/{path}\n"
            f"Version: 1\n"
            f"Chain ID: {_CHAIN_ID[terms.network]}\n"
            f"Nonce: {nonce}\n"
            f"Issued At: {issued}\n"
            f"Expiration Time: {expires}"
        )

    def verify(self, terms: ChallengeTerms, text: str, pasted: str) -> ProvenWallet:
        """Return the named address when its key signed `text`; raise `ProofError` that says why the paste fails."""
        claimed = _claimed_address(terms)
        paste = read_paste(pasted)
        signature = _read_signature(_signature_digits(terms.network, paste))
        refuse_other_message(paste, text)
        named = named_address(paste, terms.network)
        signers = [_signer(spelling, signature) for spelling in _spellings(text)]
        if claimed.text in signers:
            if named is not None and named != claimed:
                raise _other_address(named, claimed)
            return ProvenWallet(claimed, ProofKind.EOA)
        raise _wrong_signer(terms.network, signers, named, claimed)


def _claimed_address(terms: ChallengeTerms) -> Address:
    if terms.network.family is not Family.ETHEREUM:
        raise ValueError(f"{terms.network.value} is not an Ethereum-style network")
    if terms.address is None:
        raise ValueError("an Ethereum-style challenge names the address beforehand")
    return terms.address


def _signature_digits(network: Network, paste: Paste) -> str:
    named = paste.hex_field(Field.SIGNATURE, *_DIGITS)
    if named is not None and len(named) in _DIGITS:
        return named
    if Field.PUBLIC_KEY in paste.fields or paste.words(*_CHIA_DIGITS):
        raise ProofError(
            ProofFault.OTHER_NETWORK,
            f"That looks like the signature of a Chia wallet, and this is for {network.label}. "
            "Sign with the Ethereum-style wallet, or start over for Chia.",
        )
    if named is None:
        words = paste.words(*_DIGITS)
        if words:
            return words[-1]
        if Field.SIGNATURE not in paste.fields and paste.longest_word <= 64:
            raise not_a_signature(paste, _PASTE_ALL)
    raise ProofError(
        ProofFault.BAD_SIGNATURE_FORM,
        f"The signature has {len(named or '') or paste.longest_word} hex digits and should have 130. "
        f"It was probably cut off in copying. {_PASTE_ALL}",
    )


def _read_signature(digits: str) -> _Recoverable:
    """Take r, s and the parity out of any of the three forms; refuse numbers that no honest wallet produces.

    A high s (EIP-2) would give one signature two spellings.
    """
    raw = bytes.fromhex(digits)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:64])
    if len(raw) == 64:
        parity, s = s >> 255, s & ((1 << 255) - 1)  # EIP-2098 keeps the parity in the top bit of s
    else:
        parity = raw[64] - 27 if raw[64] >= 27 else raw[64]
    if len(raw) == 66 and raw[65] not in _LOOPRING_TYPES:
        raise ProofError(
            ProofFault.BAD_SIGNATURE_FORM,
            f"The signature ends in a type that is not known. Sign the text as a plain message. {_PASTE_ALL}",
        )
    if parity not in (0, 1) or not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        raise ProofError(
            ProofFault.BAD_SIGNATURE_FORM,
            f"The signature is not one that a wallet can make; a character may be wrong. {_PASTE_ALL}",
        )
    return _Recoverable(parity, r, s)


def _spellings(text: str) -> tuple[bytes, ...]:
    """Spell the text as stored and as text boxes change it: Windows line ends, a line end added at the close.

    Each of them binds the whole text, so accepting them gives nothing away.
    """
    utf8 = text.encode()
    return utf8, utf8.replace(b"\n", b"\r\n"), utf8 + b"\n"


def _signer(message: bytes, signature: _Recoverable) -> str | None:
    """Recover the lower-case address that signed the message as EIP-191 (version 0x45) says, if any can have."""
    digest = keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)
    try:
        key = Signature(vrs=(signature.y_parity, signature.r, signature.s)).recover_public_key_from_msg_hash(digest)
    except BadSignature:
        return None
    return key.to_address()


def _other_address(signer: Address, claimed: Address) -> ProofError:
    return ProofError(
        ProofFault.OTHER_ADDRESS,
        f"What you pasted is from {signer.short}, and {claimed.short} was to be proven. "
        "Choose that account in the wallet and sign again, or start over with the other address.",
    )


def _wrong_signer(network: Network, signers: list[str | None], named: Address | None, claimed: Address) -> ProofError:
    """Tell another account from another text as far as one can: any text fits *some* address.

    A paste that names the expected address had another text; one that names another address tells itself; a bare
    signature leaves both open, and the person knows which by the address.
    """
    if named is not None and named != claimed:
        return _other_address(named, claimed)
    recovered = signers[0]
    if named is not None or recovered is None:
        return ProofError(
            ProofFault.WRONG_SIGNATURE,
            f"The signature is not one of {claimed.short} under this text. Probably the text was changed in copying, "
            "even by one character. Copy the whole text again, sign it, and paste the new answer.",
        )
    signer = Address(network, recovered)
    return ProofError(
        ProofFault.OTHER_ADDRESS,
        f"For this text the signature belongs to {signer.short}, and {claimed.short} was to be proven. If you know "
        "that address, the wrong account was chosen in the wallet; if not, the text was changed in copying. "
        "Choose the right account, copy the whole text again and sign it.",
    )
