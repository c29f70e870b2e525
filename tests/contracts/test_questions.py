"""The bytes that go to the EVM are those that an independent ABI coder writes, and envelopes are read as it reads."""

import pytest
from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from bot.proof.contracts.deployless import CREATION_CODE
from bot.proof.contracts.envelope import Envelope, EnvelopeError, open_envelope
from bot.proof.contracts.questions import YES, question, question_before_deployment
from tests.contracts.doubles import ENVELOPE_END, call

words = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20)
payloads = st.binary(max_size=200)


@given(words, payloads)
def test_a_question_is_a_call_of_is_valid_signature(digest: bytes, signature: bytes) -> None:
    assert question(digest, signature) == call("isValidSignature(bytes32,bytes)", digest, signature)


def test_yes_is_the_selector_and_zeros() -> None:
    assert keccak(b"isValidSignature(bytes32,bytes)")[:4] + bytes(28) == YES


@given(addresses, addresses, payloads, payloads)
def test_the_creation_code_is_followed_by_its_arguments(
    wallet: bytes, factory: bytes, deployment: bytes, asked: bytes
) -> None:
    written = question_before_deployment(f"0x{wallet.hex()}", Envelope(factory, deployment, b""), asked)
    types = ["address", "address", "bytes", "bytes"]
    assert written == CREATION_CODE + encode(types, [wallet, factory, deployment, asked])


@given(addresses, payloads, payloads)
def test_an_envelope_is_opened(factory: bytes, deployment: bytes, signature: bytes) -> None:
    sealed = encode(["address", "bytes", "bytes"], [factory, deployment, signature]) + ENVELOPE_END
    assert open_envelope(sealed) == Envelope(factory, deployment, signature)


@given(st.binary(max_size=300))
def test_any_other_signature_is_left_alone(signature: bytes) -> None:
    if not signature.endswith(ENVELOPE_END):
        assert open_envelope(signature) is None


numbers = st.one_of(st.integers(0, 300), st.integers(0, 9).map(lambda word: word * 32))


@given(st.one_of(st.binary(max_size=300), st.lists(numbers, min_size=3).map(lambda n: b"".join(map(_word, n)))))
def test_whatever_is_in_an_envelope_is_either_read_as_the_abi_says_or_refused(body: bytes) -> None:
    try:
        opened = open_envelope(body + ENVELOPE_END)
    except EnvelopeError:
        return
    assert opened is not None
    factory, deployment, signature = decode(["address", "bytes", "bytes"], body + bytes(32), strict=False)
    assert opened == Envelope(bytes.fromhex(factory[2:]), deployment, signature)


@pytest.mark.parametrize("cut", range(1, 7))
def test_a_cut_envelope_is_refused(cut: int) -> None:
    body = encode(["address", "bytes", "bytes"], [b"\1" * 20, b"\2" * 32, b"\3" * 32])
    with pytest.raises(EnvelopeError):
        open_envelope(body[: -32 * cut] + ENVELOPE_END)


def test_an_envelope_whose_factory_is_no_address_is_refused() -> None:
    body = encode(["address", "bytes", "bytes"], [b"\1" * 20, b"\2", b"\3"])
    with pytest.raises(EnvelopeError):
        open_envelope(b"\1" + body[1:] + ENVELOPE_END)


def _word(number: int) -> bytes:
    return number.to_bytes(32)
