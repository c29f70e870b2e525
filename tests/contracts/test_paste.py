"""A contract's signature has no fixed length, so what is taken for one is decided with care."""

import json

import pytest

from bot.domain.addresses import Address
from bot.domain.challenges import ProofError, ProofFault
from bot.domain.networks import Network
from bot.proof.contract_paste import MAX_SIGNATURE, read_signature

WALLET = Address(Network.LOOPRING, "0x8656920c85342d646e5286cb841f90209272abeb")
OTHER = "0x57e037f4d2c8bea011ad8a9a5af4aaeedd8650ff"
TEXT = "verify.example.org wants you to sign in"
LONG = "0x" + "a1b2" * 400


def fault(pasted: str) -> ProofFault:
    with pytest.raises(ProofError) as caught:
        read_signature(WALLET, TEXT, pasted)
    return caught.value.fault


@pytest.mark.parametrize(
    "pasted",
    [
        LONG,
        LONG.upper().replace("0X", "0x"),
        LONG[2:],
        f"  {LONG}\n",
        "\n".join(LONG[at : at + 70] for at in range(0, len(LONG), 70)),
        json.dumps({"address": WALLET.display, "msg": TEXT, "sig": LONG, "version": "2"}),
        json.dumps({"signature": LONG[2:]}),
        f"Address: {WALLET.text}\nSignature: {LONG}",
        f"{WALLET.text} {LONG}",
        f"here you are: {LONG}",
    ],
)
def test_it_is_found_in_whatever_is_around_it(pasted: str) -> None:
    assert read_signature(WALLET, TEXT, pasted) == bytes.fromhex(LONG[2:])


@pytest.mark.parametrize("size", [1, 2, 31, 33, 64, 65, 66, 96, 4000, MAX_SIGNATURE])
def test_any_length_will_do(size: int) -> None:
    assert read_signature(WALLET, TEXT, "0x" + "5a" * size) == b"\x5a" * size


def test_up_to_a_limit() -> None:
    assert fault("0x" + "5a" * (MAX_SIGNATURE + 1)) is ProofFault.TOO_LONG
    assert fault("0x" + "5a" * MAX_SIGNATURE * 4) is ProofFault.TOO_LONG


@pytest.mark.parametrize("pasted", ["0x", '{"sig": "0x"}', '{"sig": ""}', "signature: 0x", '{"sig": "signed"}'])
def test_an_empty_signature_is_refused(pasted: str) -> None:
    assert fault(pasted) is ProofFault.BAD_SIGNATURE_FORM


@pytest.mark.parametrize("pasted", ["0x123", LONG[:-1], json.dumps({"sig": LONG[:-1]})])
def test_half_a_byte_is_refused(pasted: str) -> None:
    assert fault(pasted) is ProofFault.BAD_SIGNATURE_FORM


@pytest.mark.parametrize(
    "pasted",
    [
        "0x" + "5a" * 32,
        "5a" * 32,
        f"  {'5A' * 32}\n",
        f"signature: {'5a' * 32}",
        json.dumps({"sig": "0x" + "5a" * 32}),
        "face decade abandon ability able about above absent absorb abstract absurd abuse",
        "facade",
        "",
        "I signed it",
    ],
)
def test_what_could_be_a_secret_or_is_no_signature_goes_nowhere(pasted: str) -> None:
    assert fault(pasted) is ProofFault.NOT_A_SIGNATURE


def test_a_paste_about_another_text_or_wallet_is_refused() -> None:
    assert fault(json.dumps({"msg": "other", "sig": LONG})) is ProofFault.OTHER_MESSAGE
    assert fault(json.dumps({"address": OTHER, "sig": LONG})) is ProofFault.OTHER_ADDRESS
