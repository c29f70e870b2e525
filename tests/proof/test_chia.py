"""A Chia wallet is proven by a CHIP-0002 signature over the text it was given, and by nothing else."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chia_wallet_sdk import PublicKey, SecretKey, tree_hash_atom, tree_hash_pair
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import chia_ids
from bot.domain.challenges import ChallengeTerms, ProofError, ProofFault, ProofKind, Purpose
from bot.domain.networks import CHIA_PREFIX, Network
from bot.proof.chia import ChiaProver
from bot.sandbox.wallets import ChiaForm, ChiaTestWallet

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "vectors" / "chia_wallet.json").read_text())["vectors"]
SHARED = HERE.parents[2] / "shared" / "vectors" / "chia_wallet_live.json"
MODE = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_AUG:"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TERMS = ChallengeTerms(
    network=Network.CHIA_MAINNET,
    purpose=Purpose.LINK,
    user_id=80351110224678912,
    username="alice.w",
    guild_id=197038439483310086,
    nonce="3f9c0b7e5a1d44823f9c0b7e5a1d4482",
    issued_at=AT,
    expires_at=AT + timedelta(minutes=10),
    address=None,
)
PROVER = ChiaProver("verify.example.org")
TEXT = PROVER.challenge_text(TERMS)
ALICE = ChiaTestWallet.from_seed("alice")
MALLORY = ChiaTestWallet.from_seed("mallory")
KEY, SIGNATURE = ALICE.sign(TEXT, ChiaForm.TWO_WORDS).split()
GUI = json.loads(ALICE.sign(TEXT, ChiaForm.GUI_JSON))
ALICE_TESTNET = ChiaTestWallet.from_seed("alice", Network.CHIA_TESTNET11).address.text
HASH = chia_ids.decode(ALICE.address.text)
assert HASH is not None


def refused(pasted: str, text: str = TEXT, terms: ChallengeTerms = TERMS) -> ProofError:
    with pytest.raises(ProofError) as caught:
        PROVER.verify(terms, text, pasted)
    return caught.value


def gui(**changed: str) -> str:
    return json.dumps({**GUI, **changed})


def cli(key: str = KEY, signature: str = SIGNATURE, mode: str = MODE + "CHIP-0002_", message: str = TEXT) -> str:
    return f"\nMessage: {message}\nPublic Key: {key}\nSignature: {signature}\nSigning Mode: {mode}\n"


def sign_payload(wallet: ChiaTestWallet, payload: bytes) -> str:
    return wallet._secret.sign(payload).to_bytes().hex()


def wrapped(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def key_outside_the_subgroup() -> str:
    """A point that is on the curve y² = x³ + 4 over the BLS12-381 field but not in the group of prime order."""
    p = int("1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16)
    x = next(x for x in range(1, 100) if pow(x**3 + 4, (p - 1) // 2, p) == 1)
    return f"{x | 1 << 383:096x}"


# Answers that prove a wallet


@pytest.mark.parametrize("network", sorted(CHIA_PREFIX))
@pytest.mark.parametrize("form", ChiaForm)
def test_every_form_that_wallets_print_is_read(form: ChiaForm, network: Network) -> None:
    wallet = ChiaTestWallet.from_seed("alice", network)
    proven = PROVER.verify(replace(TERMS, network=network), TEXT, wallet.sign(TEXT, form))
    assert proven.address == wallet.address
    assert proven.kind is ProofKind.CHIP_0002


@pytest.mark.parametrize(
    "pasted",
    [
        f"user@host:~$ chia wallet sign_message -a {ALICE.address.text} -m '{TEXT}'\n{cli()}user@host:~$ ",
        f"```\n{cli()}\n```",
        f"here you go:\n```json\n{gui()}\n```\nthanks!",
        json.dumps(GUI, indent=8),
        wrapped(cli(), 80),
        wrapped(gui(), 40),
        cli().replace("\n", " "),
        cli().replace("\n", "\r\n"),
        cli().replace("\n", "\n> "),
        gui().replace('"', "“", 1).replace('"', "”"),
        gui().replace('"', "'"),
        gui()[:-1],  # the closing brace was not copied
        cli().replace(": ", ":\u00a0"),
        f"\ufeff{KEY}\u200b {SIGNATURE}",
        f"{SIGNATURE} {KEY}",
        f"0x{KEY} 0x{SIGNATURE}",
        f"0X{SIGNATURE.upper()}\n0X{KEY.upper()}",
        f"{KEY},{SIGNATURE}",
        f'"{KEY}"\n"{SIGNATURE}"',
        f"my key is a {KEY} and the sig {SIGNATURE} ok",
        f"my signature: {KEY} {SIGNATURE}",
        f"Signature: {SIGNATURE}\n{KEY}",
        json.dumps({"pk": KEY, "signature": SIGNATURE}),
        json.dumps([{"result": {"data": {"publicKey": KEY, "signature": SIGNATURE}}}]),
        f"{{pubkey: '0x{KEY}', signature: '0x{SIGNATURE}'}}",
        gui(message=TEXT.encode().hex()),
        gui(message="0x" + TEXT.encode().hex()),
        gui(signing_mode=MODE + "CHIP-0002_HEX"),
        *(wrapped(KEY, width) + "\n" + wrapped(SIGNATURE, width) for width in (16, 32, 48, 60, 64, 80, 96)),
        *(wrapped(SIGNATURE, width) + "\n" + wrapped(KEY, width) for width in (16, 32, 48, 60, 64, 80, 96)),
        cli(message="an earlier try", key=KEY[::-1], signature=SIGNATURE[::-1]) + cli(),
    ],
)
def test_noise_and_copying_damage_around_a_good_answer_do_no_harm(pasted: str) -> None:
    assert PROVER.verify(TERMS, TEXT, pasted).address == ALICE.address


@pytest.mark.parametrize("spelling", [TEXT, TEXT.encode().hex(), "0x" + TEXT.encode().hex()])
def test_wallets_may_sign_the_text_or_its_hex_spelling(spelling: str) -> None:
    key, signature = ALICE.sign(spelling, ChiaForm.TWO_WORDS).split()
    assert PROVER.verify(TERMS, TEXT, f"{key} {signature}").address == ALICE.address


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['made_by']}: {v['message'][:12]}")
def test_answers_of_a_running_chia_wallet_are_judged_rightly(vector: dict[str, str]) -> None:
    shapes = [
        cli(vector["public_key"], vector["signature"], vector["signing_mode"], vector["message"]),
        json.dumps(
            {k: vector[k] for k in ("message", "address", "signature", "signing_mode")}
            | {"pubkey": vector["public_key"]}
        ),
        json.dumps({"pubkey": "0x" + vector["public_key"], "signature": "0x" + vector["signature"]}),
    ]
    for index, pasted in enumerate(shapes):
        if vector["signing_mode"] == MODE + "CHIP-0002_":
            assert PROVER.verify(TERMS, vector["message"], pasted).address.text == vector["address"]
        elif vector["signing_mode"] == MODE + "CHIP-0002_HEX":
            # `is_hex` signs the bytes that the digits stand for, which is not the text of the challenge
            assert refused(pasted, vector["message"]).fault is ProofFault.WRONG_SIGNATURE
        elif index < 2 or vector["signing_mode"] == MODE + "utf8input_":
            assert refused(pasted, vector["message"]).fault is ProofFault.RAW_SIGNING_MODE
        else:
            assert refused(pasted, vector["message"]).fault is ProofFault.WRONG_SIGNATURE


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded wallet output is not here")
def test_recorded_wallet_output_is_read_as_it_was_printed() -> None:
    read = 0
    for vector in json.loads(SHARED.read_text())["vectors"]:
        pasted = vector.get("cli_stdout") or json.dumps(vector["response"])
        mode = vector.get("signing_mode") or vector["response"]["signing_mode"]
        if mode == MODE + "CHIP-0002_":
            assert PROVER.verify(TERMS, vector["message"], pasted).address.text == vector["address"]
            read += 1
        else:
            refused(pasted, vector["message"])
    assert read == 5


def test_the_address_is_the_standard_puzzle_hash_worked_out_by_hand() -> None:
    def atom(value: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + value).digest()

    def pair(first: bytes, rest: bytes) -> bytes:
        return hashlib.sha256(b"\x02" + first + rest).digest()

    puzzle = bytes.fromhex("e9aaa49f45bad5c889b86ee3341550c155cfdd10c3a6757de618d20612fffd52")
    quoted_key = pair(atom(b"\x01"), atom(bytes.fromhex(KEY)))
    arguments = pair(atom(b"\x04"), pair(quoted_key, pair(atom(b"\x01"), atom(b""))))
    curried = pair(atom(b"\x02"), pair(pair(atom(b"\x01"), puzzle), pair(arguments, atom(b""))))
    assert chia_ids.decode(PROVER.verify(TERMS, TEXT, cli()).address.text) == ("xch", curried)


def test_an_expected_address_must_be_the_one_that_signed() -> None:
    assert PROVER.verify(replace(TERMS, address=ALICE.address), TEXT, cli()).address == ALICE.address
    error = refused(cli(), terms=replace(TERMS, address=MALLORY.address))
    assert error.fault is ProofFault.OTHER_ADDRESS
    assert ALICE.address.short in str(error)


def test_the_derived_key_without_the_synthetic_offset_proves_only_its_own_unused_address() -> None:
    plain = SecretKey.from_seed(b"\x07" * 32)
    wallet = ChiaTestWallet(Network.CHIA_MAINNET, plain.derive_synthetic())
    answer = ChiaTestWallet(Network.CHIA_MAINNET, plain).sign(TEXT)
    assert PROVER.verify(TERMS, TEXT, answer).address != wallet.address


def test_two_runs_of_one_seed_are_one_wallet_and_other_seeds_and_numbers_are_others() -> None:
    addresses = {
        ChiaTestWallet.from_seed("alice").address,
        ChiaTestWallet.from_seed(b"alice").address,
        ChiaTestWallet.from_seed("alice", index=1).address,
        MALLORY.address,
    }
    assert len(addresses) == 3
    with pytest.raises(ValueError, match="not a Chia network"):
        ChiaTestWallet.from_seed("alice", Network.LOOPRING)


# Answers that prove nothing

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
    (ProofFault.OTHER_ADDRESS, gui(address=chia_ids.encode("nft", HASH[1])), "no Chia address"),
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
