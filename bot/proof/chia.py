"""Proving a Chia wallet with a CHIP-0002 message signature.

The wallet signs with the synthetic key of one address, and that key determines the address, so nobody has to type it.
Source: CHIP-0002 and `chia/wallet/util/signing.py` of chia-blockchain 2.7.5.
"""

from itertools import islice, product

from chia_wallet_sdk import PublicKey, Signature, standard_puzzle_hash, tree_hash_atom, tree_hash_pair

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.challenges import ChallengeTerms, ProofError, ProofFault, ProofKind, ProvenWallet
from bot.domain.networks import CHIA_PREFIX, Family, Network
from bot.proof import wording
from bot.proof.claims import named_address, refuse_other_message
from bot.proof.paste import Field, Paste, not_a_signature, read_paste

KEY_DIGITS = 96
SIGNATURE_DIGITS = 192
_ETHEREUM_DIGITS = (130, 132)
_CHIP_0002 = b"Chia Signed Message"
_MODE_PREFIX = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_AUG:"
_RAW_MODES = ("utf8input_", "hexinput_")
_MAX_ANSWERS = 6
"""How many readings of an ambiguous paste are tried; each costs about a millisecond of BLS."""
_PASTE_ALL = "Paste everything the wallet shows after signing, with both the public key and the signature."


class ChiaProver:
    """Writes challenge texts for Chia wallets and checks the answers. Stateless; one serves both Chia networks."""

    family = Family.CHIA

    def __init__(self, host: str | None) -> None:
        """Name `host` in the texts, or the program when there is no verify page. Raise `ValueError` for a bad host."""
        self._asks = "Holdfast" if host is None else wording.checked_host(host)

    def challenge_text(self, terms: ChallengeTerms) -> str:
        """Write the one line to be signed.

        It is plain text on purpose: Sage would decode a text of hex digits only, and command lines trip over quotes
        and line breaks. Raise `ValueError` for terms of another family.
        """
        return self._text(terms, wording.nonce(terms), wording.instant(terms.expires_at))

    def preview(self, terms: ChallengeTerms) -> str:
        """Write the line with words in place of the nonce and the time."""
        return self._text(terms, wording.SOME_NONCE, wording.WHEN_EXPIRED)

    def _text(self, terms: ChallengeTerms, nonce: str, expires: str) -> str:
        _require_chia(terms.network)
        return f"{self._asks} asks: {wording.request(terms)}. {wording.CAUTION} Nonce {nonce}. Expires {expires}."

    def verify(self, terms: ChallengeTerms, text: str, pasted: str) -> ProvenWallet:
        """Return the wallet whose key signed `text`; raise `ProofError` that says why the paste does not prove one."""
        _require_chia(terms.network)
        paste = read_paste(pasted)
        _check_signing_mode(paste)
        refuse_other_message(paste, text)
        named = named_address(paste, terms.network)
        first: ProofError | None = None
        for key, signature in _answers(paste):
            try:
                return _check_answer(terms, text, named, key, signature)
            except ProofError as error:
                first = first or error
        raise first or _nothing_to_check(terms.network, paste)


def _answers(paste: Paste) -> list[tuple[str, str]]:
    """Every reading of the paste as (public key, signature) in hex, the likeliest first."""
    named_key = paste.hex_field(Field.PUBLIC_KEY, KEY_DIGITS)
    named_signature = paste.hex_field(Field.SIGNATURE, SIGNATURE_DIGITS)
    keys = paste.words(KEY_DIGITS) if named_key is None else [named_key]
    signatures = paste.words(SIGNATURE_DIGITS) if named_signature is None else [named_signature]
    answers = list(islice(product(keys, signatures), _MAX_ANSWERS))
    if named_key is None:
        for both in paste.words(KEY_DIGITS + SIGNATURE_DIGITS):
            answers.append((both[:KEY_DIGITS], both[KEY_DIGITS:]))
            answers.append((both[SIGNATURE_DIGITS:], both[:SIGNATURE_DIGITS]))
    return answers[:_MAX_ANSWERS]


def _check_answer(terms: ChallengeTerms, text: str, named: Address | None, key: str, signature: str) -> ProvenWallet:
    public_key = _public_key(key)
    signed = _signature(signature)
    address = Address(terms.network, chia_ids.encode(CHIA_PREFIX[terms.network], standard_puzzle_hash(public_key)))
    _check_address(terms, named, address)
    utf8 = text.encode()
    # A wallet that is handed hex may sign the bytes or the digits. All three spellings bind the same text.
    for message in (utf8, utf8.hex().encode(), b"0x" + utf8.hex().encode()):
        payload = tree_hash_pair(tree_hash_atom(_CHIP_0002), tree_hash_atom(message))
        if public_key.verify(payload, signed):
            return ProvenWallet(address, ProofKind.CHIP_0002)
    if public_key.verify(utf8, signed):
        raise _raw_mode()
    raise ProofError(
        ProofFault.WRONG_SIGNATURE,
        "The signature does not fit the text and the public key. Either another text was signed, even by one "
        "character, or the two come from different addresses. Sign the text again and paste the whole new answer.",
    )


def _public_key(digits: str) -> PublicKey:
    if len(digits) != KEY_DIGITS:
        hint = (
            "That is the length of a signature: the two may be swapped."
            if len(digits) == SIGNATURE_DIGITS
            else "It was probably cut off in copying."
        )
        raise ProofError(
            ProofFault.BAD_PUBLIC_KEY,
            f"The public key has {len(digits)} hex digits; a Chia public key has {KEY_DIGITS}. {hint} {_PASTE_ALL}",
        )
    try:
        key = PublicKey.from_bytes(bytes.fromhex(digits))
    except ValueError:
        key = PublicKey.infinity()
    # The identity key would make a signature of nothing valid for everything.
    if key.is_infinity() or not key.is_valid():
        raise ProofError(
            ProofFault.BAD_PUBLIC_KEY,
            f"The public key is not a key that a Chia wallet can have; a character may be wrong. {_PASTE_ALL}",
        )
    return key


def _signature(digits: str) -> Signature:
    if len(digits) != SIGNATURE_DIGITS:
        hint = (
            "That is the length of a public key: the two may be swapped."
            if len(digits) == KEY_DIGITS
            else "It was probably cut off in copying."
        )
        raise ProofError(
            ProofFault.BAD_SIGNATURE_FORM,
            f"The signature has {len(digits)} hex digits; a Chia signature has {SIGNATURE_DIGITS}. {hint} {_PASTE_ALL}",
        )
    try:
        signature = Signature.from_bytes(bytes.fromhex(digits))
    except ValueError:
        signature = Signature.infinity()
    if signature.is_infinity() or not signature.is_valid():
        raise ProofError(
            ProofFault.BAD_SIGNATURE_FORM,
            f"The signature is not one that a Chia wallet can make; a character may be wrong. {_PASTE_ALL}",
        )
    return signature


def _check_address(terms: ChallengeTerms, named: Address | None, address: Address) -> None:
    """Refuse an address in the paste, or in the terms, that is not the one of the public key."""
    if named is not None and named != address:
        raise ProofError(
            ProofFault.OTHER_ADDRESS,
            "The address in what you pasted is not the address of its public key, so it cannot be proven with it. "
            "Paste the answer as the wallet gave it, from one signing.",
        )
    if terms.address is not None and terms.address != address:
        raise ProofError(
            ProofFault.OTHER_ADDRESS,
            f"The signature is from the address {address.short}, and {terms.address.short} was to be proven. "
            "Sign with that address, or start over with the other one.",
        )


def _check_signing_mode(paste: Paste) -> None:
    """Refuse modes other than CHIP-0002: raw ones share their form with signatures that move coins."""
    named = "".join(paste.fields.get(Field.SIGNING_MODE, "").split())
    if not named:
        return
    mode = named.removeprefix(_MODE_PREFIX)
    if mode.startswith(_RAW_MODES):
        raise _raw_mode()
    if mode == named or not mode.startswith("CHIP-0002_") or mode.startswith("CHIP-0002_P2"):
        raise ProofError(
            ProofFault.RAW_SIGNING_MODE,
            "What you pasted names a signing mode that is not supported (card wallets, vaults and multisig have their "
            "own). Sign with a standard address, in the wallet's default mode (CHIP-0002).",
        )


def _raw_mode() -> ProofError:
    return ProofError(
        ProofFault.RAW_SIGNING_MODE,
        "The text was signed in raw mode, which is never accepted, because raw signatures can also move coins. "
        "Sign in the default safe mode (CHIP-0002): `chia wallet sign_message`, not `chia keys sign`.",
    )


def _nothing_to_check(network: Network, paste: Paste) -> ProofError:
    """Say which half is missing. The longest hex word tells a truncated signature from something else."""
    key_there = paste.hex_field(Field.PUBLIC_KEY) is not None or bool(paste.words(KEY_DIGITS))
    signature_there = paste.hex_field(Field.SIGNATURE) is not None or bool(paste.words(SIGNATURE_DIGITS))
    if not key_there and paste.words(*_ETHEREUM_DIGITS):
        return ProofError(
            ProofFault.OTHER_NETWORK,
            f"That looks like the signature of an Ethereum-style wallet, and this is for {network.label}. "
            "Sign with a Chia wallet, or start over for the other network.",
        )
    if not key_there and Field.PUBLIC_KEY in paste.fields:
        return ProofError(
            ProofFault.BAD_PUBLIC_KEY, f"The public key in what you pasted is empty or not hex. {_PASTE_ALL}"
        )
    if signature_there and not key_there:
        return ProofError(
            ProofFault.NO_PUBLIC_KEY,
            "There is a signature, but no public key, and a Chia signature can only be checked against its public key. "
            f"{_PASTE_ALL} If the wallet shows the signature alone, add its public key on a line of its own.",
        )
    if not signature_there and (Field.SIGNATURE in paste.fields or paste.longest_word > KEY_DIGITS):
        return ProofError(
            ProofFault.BAD_SIGNATURE_FORM,
            f"The signature is empty, cut off or not hex; a Chia signature has {SIGNATURE_DIGITS} digits. {_PASTE_ALL}",
        )
    if key_there:
        return ProofError(
            ProofFault.NOT_A_SIGNATURE,
            f"You pasted a public key without a signature, and a public key alone proves nothing. {_PASTE_ALL}",
        )
    return not_a_signature(paste, _PASTE_ALL)


def _require_chia(network: Network) -> None:
    if network.family is not Family.CHIA:
        raise ValueError(f"{network.value} is not a Chia network")
