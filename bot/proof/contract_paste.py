"""Finding the signature of a contract wallet in a paste. It can have any length, so there is less to go by.

What is found is sent to a node that others may run. Hence nothing is taken that could be a secret key.
"""

import re

from bot.domain.addresses import Address
from bot.domain.challenges import ProofError, ProofFault
from bot.proof.claims import named_address, refuse_other_message
from bot.proof.paste import Field, Paste, not_a_signature, read_paste

MAX_SIGNATURE = 8 * 1024
"""Bytes. Passkey wallets that are not deployed yet need about 2,000."""
_MAX_BARE = 4 * MAX_SIGNATURE
"""Characters of hex with the line breaks that copying puts in."""
_BARE = re.compile(r"0[xX]([0-9a-fA-F]*)|([0-9a-fA-F]+)", re.ASCII)
_LEAST_UNNAMED = 128
"""Digits that a hex word must have to be taken for a signature without being named one: no key has as many."""
_SECRET_KEY_DIGITS = 64
_PASTE_ALL = "Paste the signature that the wallet shows after signing: 0x and all that follows."


def read_signature(claimed: Address, text: str, pasted: str) -> bytes:
    """Return the signature in a paste: hex on its own, or a field of what a wallet prints.

    Raise `ProofError` when there is none, when it is longer than `MAX_SIGNATURE`, or when the paste says that it is
    about another text or address.
    """
    digits = _bare_digits(pasted)
    if digits is None:
        paste = read_paste(pasted)
        digits = _digits_in(paste)
        refuse_other_message(paste, text)
        named = named_address(paste, claimed.network)
        if named is not None and named != claimed:
            raise ProofError(
                ProofFault.OTHER_ADDRESS,
                f"What you pasted is from {named.short}, and {claimed.short} was to be proven. "
                "Choose that wallet and sign again, or start over with the other address.",
            )
    if not digits:
        raise ProofError(
            ProofFault.BAD_SIGNATURE_FORM,
            "The signature is empty. Signatures that a wallet keeps on the blockchain are not accepted here. "
            f"{_PASTE_ALL}",
        )
    if len(digits) % 2:
        raise ProofError(
            ProofFault.BAD_SIGNATURE_FORM,
            f"The signature has an odd number of hex digits, so it was cut off in copying. {_PASTE_ALL}",
        )
    if len(digits) > 2 * MAX_SIGNATURE:
        raise _too_long()
    return bytes.fromhex(digits)


def _bare_digits(pasted: str) -> str | None:
    if len(pasted) > _MAX_BARE:
        raise _too_long()
    match = _BARE.fullmatch("".join(pasted.split()))
    if match is None:
        return None
    digits = match[2] if match[1] is None else match[1]
    # A secret key looks like this, and so does nothing that a contract wallet is known to sign with.
    return None if len(digits) == _SECRET_KEY_DIGITS or (match[1] is None and len(digits) < _LEAST_UNNAMED) else digits


def _digits_in(paste: Paste) -> str:
    if Field.SIGNATURE in paste.fields:
        digits = paste.hex_field(Field.SIGNATURE) or ""
        is_signature = len(digits) != _SECRET_KEY_DIGITS
    else:
        digits = max(paste.hex_words, key=len, default="")
        is_signature = len(digits) >= _LEAST_UNNAMED
    if not is_signature:
        raise not_a_signature(paste, _PASTE_ALL)
    return digits


def _too_long() -> ProofError:
    return ProofError(
        ProofFault.TOO_LONG,
        f"That is longer than {MAX_SIGNATURE:,} bytes, so it was not read. {_PASTE_ALL}",
    )
