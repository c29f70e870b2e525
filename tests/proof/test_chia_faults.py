"""An answer of a Chia wallet that proves nothing is refused with what is wrong about it, whatever it is."""

import hashlib
import json
from dataclasses import replace

import pytest
from chia_wallet_sdk import PublicKey, tree_hash_atom, tree_hash_pair
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import chia_ids
from bot.domain.challenges import ProofFault, Purpose
from bot.domain.networks import Network
from bot.sandbox.wallets import ChiaForm
from tests.proof.chia_answers import (
    ALICE,
    ALICE_TESTNET,
    AT,
    HASH,
    KEY,
    MALLORY,
    MODE,
    PROVER,
    SIGNATURE,
    TERMS,
    TEXT,
    cli,
    gui,
    key_outside_the_subgroup,
    refused,
    sign_payload,
)

FAULTS = [
    (ProofFault.NOT_A_SIGNATURE, "", "Nothing was pasted"),
    (ProofFault.NOT_A_SIGNATURE, "hello, here I am", "no signature"),
    (ProofFault.NOT_A_SIGNATURE, TEXT, "no signature"),
    (ProofFault.NOT_A_SIGNATURE, KEY, "public key alone proves nothing"),
    (ProofFault.NOT_A_SIGNATURE, json.dumps({"pubkey": KEY}), "public key alone proves nothing"),
    (ProofFault.NOT_A_SIGNATURE, " ".join(["abandon"] * 23 + ["art"]), "seed phrase"),
    (ProofFault.NOT_A_SIGNATURE, "0x" + "5a" * 32, "secret key"),
    (ProofFault.NO_PUBLIC_KEY, SIGNATURE, "no public key"),
    (ProofFault.NO_PUBLIC_KEY, f"Signature: 0x{SIGNATURE}", "no public key"),
    (ProofFault.NO_PUBLIC_KEY, json.dumps({"signature": SIGNATURE, "message": TEXT}), "no public key"),
    (ProofFault.BAD_PUBLIC_KEY, cli(key=KEY[:-1]), "has 95 hex digits"),
    (ProofFault.BAD_PUBLIC_KEY, cli(key=SIGNATURE, signature=KEY), "swapped"),
    (ProofFault.BAD_PUBLIC_KEY, gui(pubkey=""), "empty or not hex"),
    (ProofFault.BAD_PUBLIC_KEY, gui(pubkey="not hex"), "empty or not hex"),
    (ProofFault.BAD_PUBLIC_KEY, cli(key="ff" * 48), "not a key"),
    (ProofFault.BAD_PUBLIC_KEY, cli(key="c0" + "00" * 47, signature="c0" + "00" * 95), "not a key"),
    (ProofFault.BAD_PUBLIC_KEY, cli(key="c0" + "00" * 46 + "01"), "not a key"),
    (ProofFault.BAD_PUBLIC_KEY, cli(key="80" + "00" * 47), "not a key"),
    (ProofFault.BAD_PUBLIC_KEY, cli(key=key_outside_the_subgroup()), "not a key"),
    (ProofFault.BAD_SIGNATURE_FORM, cli(signature=KEY), "swapped"),
    (ProofFault.BAD_SIGNATURE_FORM, cli(signature=SIGNATURE[:-2]), "has 190 hex digits"),
    (ProofFault.BAD_SIGNATURE_FORM, gui(signature=""), "empty"),
    (ProofFault.BAD_SIGNATURE_FORM, f"{KEY} {SIGNATURE[:-5]}", "cut off"),
    (ProofFault.BAD_SIGNATURE_FORM, cli(signature="c0" + "00" * 95), "not one that a Chia wallet can make"),
    (ProofFault.BAD_SIGNATURE_FORM, cli(signature="ff" * 96), "not one that a Chia wallet can make"),
    (ProofFault.RAW_SIGNING_MODE, cli(mode=MODE + "utf8input_"), "raw mode"),
    (ProofFault.RAW_SIGNING_MODE, cli(mode=MODE + "hexinput_"), "raw mode"),
    (ProofFault.RAW_SIGNING_MODE, gui(signing_mode=MODE + "utf8input_"), "raw mode"),
    (ProofFault.RAW_SIGNING_MODE, f"{KEY} {sign_payload(ALICE, TEXT.encode())}", "raw mode"),
    (ProofFault.RAW_SIGNING_MODE, cli(mode=MODE + "CHIP-0002_P2_DELEGATED_PUZZLE"), "not supported"),
    (ProofFault.RAW_SIGNING_MODE, cli(mode="something else"), "not supported"),
    (ProofFault.OTHER_MESSAGE, cli(message="gm"), "another text"),
    (ProofFault.OTHER_MESSAGE, gui(message=TEXT.replace("link", "unlink")), "another text"),
    (ProofFault.OTHER_MESSAGE, gui(message=b"gm".hex()), "another text"),
    (ProofFault.OTHER_ADDRESS, gui(address=MALLORY.address.text), "not the address of its public key"),
    (ProofFault.OTHER_ADDRESS, gui(address=chia_ids.encode("nft", HASH)), "no Chia address"),
    (ProofFault.OTHER_ADDRESS, gui(address=ALICE.address.text[:-1] + "q"), "damaged"),
    (ProofFault.OTHER_ADDRESS, gui(address="me"), "damaged"),
    (ProofFault.OTHER_NETWORK, gui(address=ALICE_TESTNET), "Chia testnet11"),
    (ProofFault.OTHER_NETWORK, f"Address: {ALICE_TESTNET}\n{KEY} {SIGNATURE}", "Chia testnet11"),
    (ProofFault.OTHER_NETWORK, "0x" + "1b" * 65, "Ethereum-style"),
    (ProofFault.WRONG_SIGNATURE, cli(signature=MALLORY.sign(TEXT, ChiaForm.TWO_WORDS).split()[1]), "does not fit"),
    (ProofFault.WRONG_SIGNATURE, cli(key=MALLORY.public_key.to_bytes().hex()), "does not fit"),
    (ProofFault.WRONG_SIGNATURE, ALICE.sign(TEXT + " ", ChiaForm.TWO_WORDS), "does not fit"),
    (ProofFault.TOO_LONG, cli() + "x" * 4000, "4,000 characters"),
]


@pytest.mark.parametrize(("fault", "pasted", "says"), FAULTS)
def test_each_fault_is_named_and_explained_without_repeating_the_paste(
    fault: ProofFault, pasted: str, says: str
) -> None:
    error = refused(pasted)
    assert error.fault is fault
    assert says in str(error)
    shown = str(error).lower()
    for chunk in (pasted[at : at + 16].lower() for at in range(len(pasted) - 15)):
        assert chunk not in shown or chunk.strip() in "sign with a chia wallet"


def test_the_list_of_faults_has_every_fault() -> None:
    assert {fault for fault, _, _ in FAULTS} == set(ProofFault)


def test_every_fault_has_words_of_its_own() -> None:
    texts: dict[str, ProofFault] = {}
    for fault, pasted, _ in FAULTS:
        assert texts.setdefault(str(refused(pasted)), fault) is fault


def test_a_victims_key_in_the_fields_and_the_attackers_words_around_prove_nothing() -> None:
    attacker_key, attacker_signature = MALLORY.sign(TEXT, ChiaForm.TWO_WORDS).split()
    for pasted in (
        f"{KEY} {attacker_signature}",
        f"{attacker_signature} {KEY}",
        json.dumps({"address": ALICE.address.text, "pubkey": KEY, "signature": attacker_signature}),
        json.dumps({"address": ALICE.address.text, "pubkey": attacker_key, "signature": attacker_signature}),
    ):
        assert refused(pasted).fault in (ProofFault.WRONG_SIGNATURE, ProofFault.OTHER_ADDRESS)
    mixed = f"Public Key: {KEY}\nSignature: {attacker_signature}\n{attacker_key}"
    assert refused(mixed).fault is ProofFault.WRONG_SIGNATURE


def test_a_signature_for_another_purpose_network_person_or_server_is_not_reusable() -> None:
    answer = ALICE.sign(TEXT, ChiaForm.TWO_WORDS)
    for other in (
        replace(TERMS, purpose=Purpose.UNLINK),
        replace(TERMS, network=Network.CHIA_TESTNET11),
        replace(TERMS, user_id=1),
        replace(TERMS, guild_id=1),
        replace(TERMS, nonce="0" * 32),
        replace(TERMS, expires_at=AT),
    ):
        assert refused(answer, PROVER.challenge_text(other), other).fault is ProofFault.WRONG_SIGNATURE


def test_a_spend_shaped_signature_is_never_taken() -> None:
    payload = hashlib.sha256(TEXT.encode()).digest()
    assert refused(f"{KEY} {sign_payload(ALICE, payload)}").fault is ProofFault.WRONG_SIGNATURE


def test_deeply_nested_or_repetitive_pastes_are_refused_quickly_and_politely() -> None:
    for pasted in (
        '{"a":' * 799,
        '{"a":' + "[" * 3990,
        "a " * 2000,
        f"{KEY} " * 20 + f"{'ab' * 96} " * 10,
        "signature:" * 400,
        '{"signature": {"signature": ["x"]}}',
        "ſig: K",
        "\ud800",
    ):
        refused(pasted)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=400), st.sampled_from([f for f in ChiaForm if f is not ChiaForm.CLI]))
def test_any_text_round_trips(text: str, form: ChiaForm) -> None:
    assert PROVER.verify(TERMS, text, ALICE.sign(text, form)).address == ALICE.address


@settings(max_examples=60)
@given(st.text(st.sampled_from("abcXYZ089 .,:()/_-"), min_size=1, max_size=400))
def test_any_text_that_a_challenge_could_be_round_trips_through_the_command_line(text: str) -> None:
    assert PROVER.verify(TERMS, text, ALICE.sign(text, ChiaForm.CLI)).address == ALICE.address


@settings(max_examples=80)
@given(st.data())
def test_any_changed_bit_of_signature_key_or_text_is_refused(data: st.DataObject) -> None:
    parts = {"key": bytes.fromhex(KEY), "signature": bytes.fromhex(SIGNATURE), "text": TEXT.encode()}
    which = data.draw(st.sampled_from(sorted(parts)))
    bit = data.draw(st.integers(0, len(parts[which]) * 8 - (1 if which != "text" else 2)))
    flipped = bytearray(parts[which])
    if which == "text":
        flipped[bit // 8] ^= 1 << (bit % 7)  # stays ASCII
    else:
        flipped[bit // 8] ^= 1 << (bit % 8)
    parts[which] = bytes(flipped)
    refused(f"{parts['key'].hex()} {parts['signature'].hex()}", parts["text"].decode())


@settings(max_examples=100)
@given(
    st.text(max_size=4100)
    | st.from_regex(r"(\{?\"?(signature|pubkey|address)\"?: ?\"?[0-9a-fx]{0,200}\"?[,}\n]?){1,4}")
)
def test_any_paste_at_all_gets_an_answer(pasted: str) -> None:
    refused(pasted)


def test_the_wallets_payload_is_that_of_chip_0002() -> None:
    payload = tree_hash_pair(tree_hash_atom(b"Chia Signed Message"), tree_hash_atom(TEXT.encode()))
    by_hand = hashlib.sha256(
        b"\x02" + hashlib.sha256(b"\x01Chia Signed Message").digest() + hashlib.sha256(b"\x01" + TEXT.encode()).digest()
    ).digest()
    assert payload == by_hand
    assert sign_payload(ALICE, by_hand) == SIGNATURE
    assert PublicKey.from_bytes(bytes.fromhex(KEY)) is not None
