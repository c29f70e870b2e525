"""A Chia wallet is proven by a CHIP-0002 signature over the text it was given, and by nothing else."""

import hashlib
import json
from dataclasses import replace

import pytest
from chia_wallet_sdk import SecretKey

from bot.domain import chia_ids
from bot.domain.challenges import ProofFault, ProofKind
from bot.domain.networks import CHIA_PREFIX, Network
from bot.sandbox.wallets import ChiaForm, ChiaTestWallet
from tests.proof.chia_answers import (
    ALICE,
    GUI,
    KEY,
    MALLORY,
    MODE,
    PROVER,
    SHARED,
    SIGNATURE,
    TERMS,
    TEXT,
    VECTORS,
    cli,
    gui,
    refused,
    wrapped,
)


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
