"""What a paste claims beside its signature: the text and the address.

A claim proves nothing, but a wrong one tells what went wrong better than "the signature does not fit", and an answer
that contradicts itself is refused even when its signature holds.
"""

from bot.domain.addresses import Address, AddressError, parse_address
from bot.domain.challenges import ProofError, ProofFault
from bot.domain.networks import Network
from bot.proof.paste import Field, Paste


def refuse_other_message(paste: Paste, text: str) -> None:
    """Raise `ProofError` when the paste says that another text than the challenge was signed."""
    if paste.names_other_message(text):
        raise ProofError(
            ProofFault.OTHER_MESSAGE,
            "Your wallet signed another text than the one you were given, so the signature proves nothing here. "
            "Copy the whole text again, sign exactly that, and paste the new answer.",
        )


def named_address(paste: Paste, network: Network) -> Address | None:
    """Return the address that the paste names, or None when it names none.

    Raise `ProofError` for an address of another network (the prefix counts: chia's own `verify_signature` takes
    `txch1…` and even `nft1…` for the `xch1…` of the same bytes) and for one that is damaged.
    """
    spellings = paste.spellings(Field.ADDRESS)
    if not spellings:
        return None
    if address := _parsed(network, spellings):
        return address
    for other in Network:
        if _parsed(other, spellings):
            raise ProofError(
                ProofFault.OTHER_NETWORK,
                f"What you pasted names an address on {other.label}, and this is for {network.label}. "
                f"Sign with an address on {network.label}, or start over for {other.label}.",
            )
    raise ProofError(
        ProofFault.OTHER_ADDRESS,
        f"The address in what you pasted is damaged or is no {network.label} address. "
        "Paste the answer as the wallet gave it, from one signing.",
    )


def _parsed(network: Network, spellings: list[str]) -> Address | None:
    for spelling in spellings:
        try:
            return parse_address(network, spelling)
        except AddressError:
            continue
    return None
