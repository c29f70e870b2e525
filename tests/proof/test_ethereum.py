"""An Ethereum-style account is proven by its key's signature over the EIP-4361 text that names it."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.challenges import ChallengeTerms, ProofError, ProofFault, ProofKind, Purpose
from bot.domain.networks import Family, Network
from bot.proof.ethereum import EthereumProver
from bot.sandbox.wallets import ChiaForm, ChiaTestWallet, EthereumForm, EthereumTestWallet

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALICE = EthereumTestWallet.from_seed("alice")
MALLORY = EthereumTestWallet.from_seed("mallory")
TERMS = ChallengeTerms(
    network=Network.LOOPRING,
    purpose=Purpose.LINK,
    user_id=80351110224678912,
    username="alice.w",
    guild_id=197038439483310086,
    nonce="3f9c0b7e5a1d44823f9c0b7e5a1d4482",
    issued_at=AT,
    expires_at=AT + timedelta(minutes=10),
    address=ALICE.address,
)
PROVER = EthereumProver("verify.example.org")
TEXT = PROVER.challenge_text(TERMS)
SIGNATURE = ALICE.sign(TEXT)
R, S, V = SIGNATURE[2:66], SIGNATURE[66:130], SIGNATURE[130:]
MEW = json.loads(ALICE.sign(TEXT, EthereumForm.MEW_JSON))
CHIA_ANSWER = ChiaTestWallet.from_seed("alice").sign(TEXT, ChiaForm.TWO_WORDS)

EIP_4361 = re.compile(
    r"(?P<domain>[A-Za-z0-9.-]+(:\d+)?) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?P<statement>[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;= ]+)\n"
    r"\n"
    r"URI: (?P<uri>https://[!-~]+)\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain>[0-9]+)\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,})\n"
    r"Issued At: (?P<issued>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n"
    r"Expiration Time: (?P<expires>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
)
"""The message grammar of EIP-4361, for the optional fields that are used here."""


def refused(pasted: str, text: str = TEXT, terms: ChallengeTerms = TERMS) -> ProofError:
    with pytest.raises(ProofError) as caught:
        PROVER.verify(terms, text, pasted)
    return caught.value


def mew(**changed: str) -> str:
    return json.dumps({**MEW, **changed})


def wrapped(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def compact(signature: str) -> str:
    """Spell a 65-byte signature as EIP-2098 does."""
    raw = bytes.fromhex(signature[2:])
    y_parity_and_s = int.from_bytes(raw[32:64]) | (raw[64] - 27) << 255
    return f"0x{raw[:32].hex()}{y_parity_and_s:064x}"


# The text


def test_the_text_is_what_wallets_know_as_sign_in_with_ethereum() -> None:
    assert (
        "verify.example.org wants you to sign in with your Ethereum account:\n"
        f"{ALICE.address.display}\n"
        "\n"
        "This will link this Loopring L2 wallet to Discord user alice.w (id 80351110224678912) in server "
        "197038439483310086. Free, gives no access to funds. If somebody sent you here: do not sign.\n"
        "\n"
        "URI: https://verify.example.org/\n"
        "Version: 1\n"
        "Chain ID: 1\n"
        "Nonce: 3f9c0b7e5a1d44823f9c0b7e5a1d4482\n"
        "Issued At: 2026-01-02T03:04:05Z\n"
        "Expiration Time: 2026-01-02T03:14:05Z"
    ) == TEXT


def test_without_a_verify_page_the_text_points_to_the_server_on_discord() -> None:
    assert "\nURI: https://discord.com/channels/197038439483310086\n" in EthereumProver("discord.com").challenge_text(
        TERMS
    )


def test_family_is_ethereum() -> None:
    assert PROVER.family is Family.ETHEREUM


@given(
    st.text(max_size=40),
    st.binary(min_size=16, max_size=16),
    st.sampled_from([Network.LOOPRING, Network.LOOPRING_TESTNET]),
    st.sampled_from(Purpose),
    st.sampled_from(["discord.com", "verify.example.org", "localhost:8080"]),
)
def test_the_text_always_follows_the_grammar(
    username: str, nonce: bytes, network: Network, purpose: Purpose, host: str
) -> None:
    terms = replace(TERMS, username=username, nonce=nonce.hex(), network=network, purpose=purpose)
    text = EthereumProver(host).challenge_text(terms)
    parsed = EIP_4361.fullmatch(text)
    assert parsed is not None
    assert parsed["domain"] == host
    assert parsed["address"] == ALICE.address.display
    assert parsed["chain"] == {Network.LOOPRING: "1", Network.LOOPRING_TESTNET: "11155111"}[network]
    assert parsed["nonce"] == nonce.hex()
    assert f" {purpose.value} " in parsed["statement"]


def test_terms_that_make_no_text_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="names the address"):
        PROVER.challenge_text(replace(TERMS, address=None))
    with pytest.raises(ValueError, match="names the address"):
        PROVER.verify(replace(TERMS, address=None), TEXT, SIGNATURE)
    with pytest.raises(ValueError, match="not an Ethereum-style network"):
        PROVER.challenge_text(replace(TERMS, network=Network.CHIA_MAINNET))
    with pytest.raises(ValueError, match="plain host"):
        EthereumProver("https://example.org")


# Answers that prove an account


@pytest.mark.parametrize("network", [Network.LOOPRING, Network.LOOPRING_TESTNET])
@pytest.mark.parametrize("form", EthereumForm)
def test_every_form_that_wallets_print_is_read(form: EthereumForm, network: Network) -> None:
    wallet = EthereumTestWallet.from_seed("alice", network)
    terms = replace(TERMS, network=network, address=wallet.address)
    proven = PROVER.verify(terms, TEXT, wallet.sign(TEXT, form))
    assert proven.address == wallet.address
    assert proven.kind is ProofKind.EOA


@pytest.mark.parametrize(
    "pasted",
    [
        SIGNATURE[2:],
        "0X" + SIGNATURE[2:].upper(),
        f"  {SIGNATURE}\n",
        f'"{SIGNATURE}"',
        f"```\n{SIGNATURE}\n```",
        f"the signature is {SIGNATURE}, thanks",
        f"Signature: {SIGNATURE}",
        f"Signature Hash: {SIGNATURE}",
        f"Address: {ALICE.address.display}\nMessage: {TEXT}\nSignature Hash: {SIGNATURE}",
        f"{TEXT}\n\n{SIGNATURE}",
        mew().replace('"', "“", 1).replace('"', "”"),
        mew()[1:-1],  # older MyEtherWallet pages showed it without braces
        mew(msg="0x" + TEXT.encode().hex()),
        mew(msg=TEXT.replace("\n", "\r\n")),
        mew(address=ALICE.address.display),
        json.dumps({"result": SIGNATURE, "id": 1}),
        json.dumps({"address": ALICE.address.text, "signature": SIGNATURE}),
        *(wrapped(SIGNATURE, width) for width in (20, 32, 64, 66, 100, 130)),
        compact(SIGNATURE),
        SIGNATURE + "02",
        SIGNATURE + "03",
        f"0x{R}{S}{int(V, 16) - 27:02x}",
    ],
)
def test_noise_copying_damage_and_other_spellings_do_no_harm(pasted: str) -> None:
    assert PROVER.verify(TERMS, TEXT, pasted).address == ALICE.address


@pytest.mark.parametrize("bent", [TEXT.replace("\n", "\r\n"), TEXT + "\n"])
def test_line_ends_that_text_boxes_change_do_no_harm(bent: str) -> None:
    assert PROVER.verify(TERMS, TEXT, ALICE.sign(bent)).address == ALICE.address


def test_a_signature_by_eth_account_is_taken_and_ours_by_eth_account() -> None:
    account = Account.from_key(bytes(range(1, 33)))
    theirs = account.sign_message(encode_defunct(text=TEXT)).signature.hex()
    address = replace(ALICE.address, text=account.address.lower())
    assert PROVER.verify(replace(TERMS, address=address), TEXT, theirs).address == address
    assert Account.recover_message(encode_defunct(text=TEXT), signature=SIGNATURE) == ALICE.address.display


def test_both_parities_are_read_in_every_spelling() -> None:
    seen = set()
    for number in range(20):
        text = f"{TEXT} {number}"
        signature = ALICE.sign(text)
        seen.add(signature[-2:])
        for spelled in (signature, compact(signature), signature + "03"):
            assert PROVER.verify(TERMS, text, spelled).address == ALICE.address
    assert seen == {"1b", "1c"}


def test_one_seed_is_one_account() -> None:
    assert EthereumTestWallet.from_seed(b"alice").address == ALICE.address != MALLORY.address
    with pytest.raises(ValueError, match="not an Ethereum-style network"):
        EthereumTestWallet.from_seed("alice", Network.CHIA_MAINNET)


# Answers that prove nothing

MADE_BY_NO_WALLET = "not one that a wallet can make"
FAULTS = [
    (ProofFault.NOT_A_SIGNATURE, " ", "Nothing was pasted"),
    (ProofFault.NOT_A_SIGNATURE, "done, I signed it", "no signature"),
    (ProofFault.NOT_A_SIGNATURE, TEXT, "no signature"),
    (ProofFault.NOT_A_SIGNATURE, ALICE.address.display, "no signature"),
    (ProofFault.NOT_A_SIGNATURE, "ab" * 32, "secret key"),
    (ProofFault.BAD_SIGNATURE_FORM, SIGNATURE[:-1], "has 129 hex digits"),
    (ProofFault.BAD_SIGNATURE_FORM, SIGNATURE + "1", "has 131 hex digits"),
    (ProofFault.BAD_SIGNATURE_FORM, mew(sig=""), "hex digits"),
    (ProofFault.BAD_SIGNATURE_FORM, mew(sig=SIGNATURE[:40]), "has 38 hex digits"),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{R}{S}1d", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{R}{S}25", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{R}{S}02", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{'0' * 64}{S}{V}", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{R}{'0' * 64}{V}", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{ORDER:064x}{S}{V}", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{'f' * 64}{S}{V}", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{R}{ORDER:064x}{V}", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, f"0x{R}{ORDER // 2 + 1:064x}{V}", MADE_BY_NO_WALLET),
    (ProofFault.BAD_SIGNATURE_FORM, SIGNATURE + "04", "type that is not known"),
    (ProofFault.OTHER_MESSAGE, mew(msg="gm"), "another text"),
    (ProofFault.OTHER_MESSAGE, mew(msg=TEXT.replace("link", "unlink")), "another text"),
    (ProofFault.OTHER_MESSAGE, mew(msg="0x" + b"gm".hex()), "another text"),
    (ProofFault.OTHER_ADDRESS, mew(address=MALLORY.address.text), MALLORY.address.short),
    (ProofFault.OTHER_ADDRESS, MALLORY.sign(TEXT, EthereumForm.MEW_JSON), MALLORY.address.short),
    (ProofFault.OTHER_ADDRESS, MALLORY.sign(TEXT), MALLORY.address.short),
    (ProofFault.OTHER_ADDRESS, mew(address="0x1234"), "damaged"),
    (ProofFault.WRONG_SIGNATURE, mew(sig=MALLORY.sign(TEXT)), "not one of"),
    (ProofFault.WRONG_SIGNATURE, mew(sig=ALICE.sign(TEXT.replace("link", "unlink"))), "not one of"),
    (ProofFault.OTHER_NETWORK, CHIA_ANSWER, "Chia wallet"),
    (ProofFault.OTHER_NETWORK, ChiaTestWallet.from_seed("alice").sign(TEXT), "Chia wallet"),
    (ProofFault.OTHER_NETWORK, mew(address=ChiaTestWallet.from_seed("alice").address.text), "on Chia"),
    (ProofFault.TOO_LONG, SIGNATURE + " " * 4000, "4,000 characters"),
]


@pytest.mark.parametrize(("fault", "pasted", "says"), FAULTS)
def test_each_fault_is_named_and_explained_without_repeating_the_paste(
    fault: ProofFault, pasted: str, says: str
) -> None:
    error = refused(pasted)
    assert error.fault is fault
    assert says in str(error)
    for word in re.findall(r"[0-9a-zA-Z]{16,}", pasted):
        assert word.lower() not in str(error).lower()


def test_every_fault_that_can_happen_here_is_in_the_list() -> None:
    of_public_keys = {ProofFault.NO_PUBLIC_KEY, ProofFault.BAD_PUBLIC_KEY, ProofFault.RAW_SIGNING_MODE}
    assert {fault for fault, _, _ in FAULTS} == set(ProofFault) - of_public_keys


def test_a_number_that_is_no_point_of_the_curve_belongs_to_nobody() -> None:
    r = next(x for x in range(1, 100) if pow(x**3 + 7, (2**256 - 2**32 - 978) // 2, 2**256 - 2**32 - 977) != 1)
    assert refused(f"0x{r:064x}{S}{V}").fault is ProofFault.WRONG_SIGNATURE


def test_the_mirrored_signature_with_a_high_s_is_refused() -> None:
    mirrored = f"0x{R}{ORDER - int(S, 16):064x}{55 - int(V, 16):02x}"
    assert Account.recover_message(encode_defunct(text=TEXT), signature=mirrored) == ALICE.address.display
    assert refused(mirrored).fault is ProofFault.BAD_SIGNATURE_FORM


def test_a_signature_for_another_purpose_network_person_server_or_address_is_not_reusable() -> None:
    for other in (
        replace(TERMS, purpose=Purpose.UNLINK),
        replace(TERMS, network=Network.LOOPRING_TESTNET),
        replace(TERMS, user_id=1),
        replace(TERMS, guild_id=1),
        replace(TERMS, nonce="0" * 32),
        replace(TERMS, address=MALLORY.address),
        replace(TERMS, expires_at=AT),
    ):
        refused(SIGNATURE, PROVER.challenge_text(other), other)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=400), st.sampled_from(EthereumForm))
def test_any_text_round_trips_and_eth_account_agrees(text: str, form: EthereumForm) -> None:
    pasted = ALICE.sign(text, form)
    assume(len(pasted) <= 4000)
    assert PROVER.verify(TERMS, text, pasted).address == ALICE.address
    signer = Account.recover_message(encode_defunct(text=text), signature=ALICE.sign(text))
    assert signer == ALICE.address.display


@settings(max_examples=150)
@given(st.data(), st.booleans())
def test_any_changed_bit_of_signature_or_text_is_refused(data: st.DataObject, short: bool) -> None:
    signature = bytearray.fromhex((compact(SIGNATURE) if short else SIGNATURE)[2:])
    text = bytearray(TEXT.encode())
    if data.draw(st.booleans()):
        signature[data.draw(st.integers(0, len(signature) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    else:
        text[data.draw(st.integers(0, len(text) - 1))] ^= 1 << data.draw(st.integers(0, 6))
    refused("0x" + signature.hex(), text.decode())


@settings(max_examples=100)
@given(st.text(max_size=4100) | st.from_regex(r"(\{?\"?(sig|msg|address)\"?: ?\"?(0x)?[0-9a-f]{0,140}\"?[,}\n]?){1,4}"))
def test_any_paste_at_all_gets_an_answer(pasted: str) -> None:
    refused(pasted)
