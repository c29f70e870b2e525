"""Addresses: one spelling each, and an answer that names the mistake."""

import json
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import chia_ids
from bot.domain.addresses import AccountId, Address, AddressError, AddressFault, parse_address, parse_target
from bot.domain.networks import CHIA_PREFIX, Network

VECTORS = Path(__file__).parents[1] / "proof" / "vectors"
BECH32M = json.loads((VECTORS / "chia_bech32m.json").read_text())
EIP55 = json.loads((VECTORS / "eip55.json").read_text())

XCH = "xch1a6cd558gqsz2hch5pt0l8mx7zhavf32q5lyde09zjtqcmkelr9ns59k0j8"
TXCH = "txch1a6cd558gqsz2hch5pt0l8mx7zhavf32q5lyde09zjtqcmkelr9nsez3en5"
NFT = "nft10lutrplp2mqrp0wg27sjmjeezzluk9a7jgmjpdv6n5qalkpy8kxqrkqag7"
COLLECTION = "col1z0ef7w5n4vq9qkue67y8jnwumd9799sm50t8fyle73c70ly4z0ws0p2rhl"
DID = "did:chia:19qf3g9876t0rkq7tfdkc28cxfy424yzanea29rkzylq89kped9hq3q7wd2"
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

MISTAKES = [
    (Network.CHIA_MAINNET, "", AddressFault.EMPTY, "No address was given"),
    (Network.CHIA_MAINNET, " \n\t ", AddressFault.EMPTY, "starts with xch1"),
    (Network.CHIA_TESTNET11, "", AddressFault.EMPTY, "starts with txch1"),
    (Network.LOOPRING, "", AddressFault.EMPTY, "starts with 0x"),
    (Network.CHIA_MAINNET, XCH[:20] + XCH[20:].upper(), AddressFault.MIXED_CASE, "upper and lower case"),
    (Network.CHIA_MAINNET, XCH[:-1] + "9", AddressFault.BAD_CHECKSUM, "typo"),
    (Network.CHIA_MAINNET, XCH[:-1], AddressFault.BAD_CHECKSUM, "typo"),
    (Network.CHIA_TESTNET11, "t" + XCH, AddressFault.BAD_CHECKSUM, "typo"),
    (Network.LOOPRING, EVM.replace("F3E", "f3E"), AddressFault.BAD_CHECKSUM, "EIP-55"),
    (Network.CHIA_MAINNET, TXCH, AddressFault.OTHER_NETWORK, "Chia testnet11"),
    (Network.CHIA_TESTNET11, XCH, AddressFault.OTHER_NETWORK, "not on Chia testnet11"),
    (Network.CHIA_MAINNET, EVM.lower(), AddressFault.OTHER_NETWORK, "Ethereum-style"),
    (Network.CHIA_MAINNET, EVM, AddressFault.OTHER_NETWORK, "Ethereum-style"),
    (Network.LOOPRING, XCH, AddressFault.OTHER_NETWORK, "Chia address"),
    (Network.LOOPRING_TESTNET, TXCH, AddressFault.OTHER_NETWORK, "Chia address"),
    (Network.CHIA_MAINNET, NFT, AddressFault.NFT_ID, "the id of an NFT"),
    (Network.LOOPRING, NFT, AddressFault.NFT_ID, "the id of an NFT"),
    (Network.CHIA_MAINNET, COLLECTION, AddressFault.COLLECTION_ID, "the id of a collection"),
    (Network.CHIA_MAINNET, DID, AddressFault.DID, "a DID"),
    (Network.CHIA_MAINNET, "friend.xch", AddressFault.NAME, "names can change hands"),
    (Network.LOOPRING, "vitalik.eth", AddressFault.NAME, "names can change hands"),
    (Network.LOOPRING, "someone.loopring.eth", AddressFault.NAME, "names can change hands"),
    (Network.LOOPRING, "0x" + "0" * 40, AddressFault.ZERO, "belongs to nobody"),
    (Network.LOOPRING, EVM[2:], AddressFault.MALFORMED, "not an address"),
    (Network.CHIA_MAINNET, "my wallet", AddressFault.MALFORMED, "not an address"),
]


@pytest.mark.parametrize(("network", "text", "fault", "says"), MISTAKES)
def test_each_mistake_is_named_and_explained(network: Network, text: str, fault: AddressFault, says: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(network, text)
    assert caught.value.fault is fault
    assert caught.value.network is network
    assert says in str(caught.value)


def test_the_list_of_mistakes_has_every_fault() -> None:
    assert {fault for _, _, fault, _ in MISTAKES} == set(AddressFault)


@pytest.mark.parametrize(("network", "text", "fault", "says"), [m for m in MISTAKES if len(m[1]) > 30])
def test_an_error_never_repeats_a_whole_address(network: Network, text: str, fault: AddressFault, says: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(network, text)
    assert text[9:-4].lower() not in str(caught.value).lower()


@pytest.mark.parametrize("vector", BECH32M["valid"], ids=lambda v: v["hrp"])
def test_published_chia_ids_decode_to_their_bytes_and_back(vector: dict[str, str]) -> None:
    decoded = chia_ids.decode(vector["text"])
    assert decoded == (vector["hrp"], bytes.fromhex(vector["hex"]))
    assert chia_ids.encode(*decoded) == vector["text"]
    assert chia_ids.canonical(f" {vector['text']}\n", vector["hrp"]) == vector["text"]


@pytest.mark.parametrize("vector", BECH32M["invalid"], ids=lambda v: v["why"])
def test_damaged_chia_ids_do_not_decode(vector: dict[str, str]) -> None:
    assert chia_ids.decode(vector["text"]) is None
    for network in CHIA_PREFIX:
        with pytest.raises(AddressError):
            parse_address(network, vector["text"])


def test_a_chia_id_is_only_canonical_under_its_own_prefix() -> None:
    assert chia_ids.canonical(NFT, chia_ids.NFT_PREFIX) == NFT
    assert chia_ids.canonical(NFT, chia_ids.COLLECTION_PREFIX) is None


def test_a_chia_address_may_be_shouted_as_qr_codes_do() -> None:
    assert parse_address(Network.CHIA_MAINNET, f"  {XCH.upper()} ").text == XCH


@pytest.mark.parametrize("checksummed", EIP55["valid"])
@pytest.mark.parametrize("network", [Network.LOOPRING, Network.LOOPRING_TESTNET])
def test_every_casing_of_an_evm_address_is_one_address(network: Network, checksummed: str) -> None:
    upper = "0x" + checksummed[2:].upper()
    spellings = {parse_address(network, text) for text in (checksummed, checksummed.lower(), upper)}
    assert len(spellings) == 1
    address = spellings.pop()
    assert (address.text, address.display) == (checksummed.lower(), checksummed)


@pytest.mark.parametrize("vector", EIP55["invalid"], ids=lambda v: ascii(v["input"]))
def test_published_bad_evm_addresses_are_refused(vector: dict[str, str]) -> None:
    expected = {
        "bad_checksum": {AddressFault.BAD_CHECKSUM},
        "bad_address": {AddressFault.MALFORMED, AddressFault.ZERO},  # zero has a fault of its own here
    }
    with pytest.raises(AddressError) as caught:
        parse_address(Network.LOOPRING, vector["input"])
    assert caught.value.fault in expected[vector["reason"]]


@pytest.mark.parametrize(("network", "text"), [(Network.CHIA_MAINNET, XCH), (Network.LOOPRING, EVM)])
def test_an_address_is_never_whole_in_a_log_line(network: Network, text: str) -> None:
    address = parse_address(network, text)
    for shown in (str(address), repr(address), f"{address}", f"{[address]}", "%s" % address):  # noqa: UP031
        assert text[9:-5].lower() not in shown.lower()
        assert len(shown) < len(text)
    assert address.display == text


@pytest.mark.parametrize("network", [Network.LOOPRING, Network.LOOPRING_TESTNET])
def test_a_loopring_owner_can_be_asked_for_by_account_number(network: Network) -> None:
    assert parse_target(network, " 10083 ") == AccountId(network, 10083)
    assert parse_target(network, EVM) == parse_address(network, EVM)


def test_a_number_is_no_target_on_chia() -> None:
    with pytest.raises(AddressError):
        parse_target(Network.CHIA_MAINNET, "10083")


@given(st.binary(min_size=32, max_size=32), st.sampled_from(sorted(CHIA_PREFIX)))
def test_any_puzzle_hash_has_one_address_per_network(puzzle_hash: bytes, network: Network) -> None:
    text = chia_ids.encode(CHIA_PREFIX[network], puzzle_hash)
    assert parse_address(network, text) == Address(network, text)
    assert chia_ids.decode(text) == (CHIA_PREFIX[network], puzzle_hash)


@given(st.binary(min_size=32, max_size=32), st.data())
def test_any_changed_character_of_a_chia_address_is_noticed(puzzle_hash: bytes, data: st.DataObject) -> None:
    text = chia_ids.encode("xch", puzzle_hash)
    at = data.draw(st.integers(4, len(text) - 1))
    char = data.draw(st.sampled_from([c for c in "qpzry9x8gf2tvdw0s3jn54khce6mua7l" if c != text[at]]))
    with pytest.raises(AddressError) as caught:
        parse_address(Network.CHIA_MAINNET, text[:at] + char + text[at + 1 :])
    assert caught.value.fault is AddressFault.BAD_CHECKSUM


@given(st.integers(min_value=1, max_value=2**160 - 1))
def test_any_evm_address_reads_back_from_what_is_shown(number: int) -> None:
    text = f"0x{number:040x}"
    address = parse_address(Network.LOOPRING, text)
    assert address.text == text
    assert parse_address(Network.LOOPRING, address.display) == address


def test_addresses_agree_with_eth_account() -> None:
    theirs = Account.from_key(b"\x01" * 32).address
    assert parse_address(Network.LOOPRING, theirs).display == theirs


@given(
    st.sampled_from(list(Network)), st.text(max_size=100) | st.from_regex(r"(xch|txch|nft|did:chia:|0x)1[ -~]{0,80}")
)
def test_any_text_at_all_is_an_address_or_a_named_mistake(network: Network, text: str) -> None:
    try:
        address = parse_address(network, text)
    except AddressError:
        return
    assert parse_address(network, address.text) == parse_address(network, address.display) == address
