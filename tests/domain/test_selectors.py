import pytest

from bot.domain import chia_ids
from bot.domain.errors import UserError
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import Network
from bot.domain.selectors import Selector, SelectorKind, kinds_on, parse_selector

CHIA, LOOPRING = Network.CHIA_MAINNET, Network.LOOPRING
FRIENDS, OTHERS = (chia_ids.encode("col", bytes([number]) * 32) for number in (1, 2))
NFTS = [chia_ids.encode("nft", bytes([number]) * 32) for number in range(10)]
WALLET = chia_ids.encode("xch", bytes([7]) * 32)
DID = chia_ids.encode("did:chia:", bytes([7]) * 32)
EVM = "0x1182fe0f76a1b71b6cad6f293724881cd5619166"
NFT_DATA = [f"0x{number:064x}" for number in range(1, 4)]
UUID = "517B1E97-F1AF-4E45-9B9E-3B1A4C1E1A3C"

NATIVE = "0x1026aa9363af390bbf8bf770895e68fe4203fff2e786949aa31437029f410098"
REDEPOSITED = "0x18ae02f9a5470a8be3a935ddcd14cf51ede1c113fa9dbaf54b9387666018fd44"
NFT_ID = "0x1076ad78b0f2d6834f49b13fe222ddbd1a82300cae073dd1912189863c41c602"
MINTER = "0xB4A0C11E4D0D434bB4E9A133E5A6B7B058530E22"


def refusal(network: Network, kind: SelectorKind, text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_selector(network, kind, text)
    return str(caught.value)


def holdings(*items: tuple[str, str | None, int]) -> Holdings:
    return Holdings.of(Holding(*item) for item in items)


def test_a_chia_collection_counts_the_nfts_in_it() -> None:
    selector = parse_selector(CHIA, SelectorKind.CHIA_COLLECTION, FRIENDS)
    held = holdings((NFTS[0], FRIENDS, 1), (NFTS[1], FRIENDS, 1), (NFTS[2], OTHERS, 1), (NFTS[3], None, 1))
    assert selector.counts(held) == 2
    assert selector.counts(Holdings()) == 0


def test_a_chia_nft_counts_once_whatever_the_provider_says_of_its_amount() -> None:
    assert Selector(CHIA, SelectorKind.ANY).counts(holdings((NFTS[0], FRIENDS, 5))) == 1


def test_a_chia_nft_seen_in_two_wallets_while_it_moved_counts_once() -> None:
    before, after = holdings((NFTS[0], FRIENDS, 1)), holdings((NFTS[0], FRIENDS, 1), (NFTS[1], FRIENDS, 1))
    assert parse_selector(CHIA, SelectorKind.CHIA_COLLECTION, FRIENDS).counts(before, after) == 2


def test_a_set_counts_only_its_own_nfts() -> None:
    selector = parse_selector(CHIA, SelectorKind.NFT_SET, f"{NFTS[0]}, {NFTS[1]}")
    assert selector.counts(holdings((NFTS[1], FRIENDS, 1), (NFTS[2], FRIENDS, 1))) == 1


def test_amounts_on_loopring_are_added_up() -> None:
    selector = parse_selector(LOOPRING, SelectorKind.NFT_DATA_SET, f"{NFT_DATA[0]} {NFT_DATA[1]}")
    first, second = holdings((NFT_DATA[0], None, 3), (NFT_DATA[2], None, 9)), holdings((NFT_DATA[0], None, 4))
    assert selector.counts(first, second) == 7
    assert Selector(LOOPRING, SelectorKind.ANY).counts(first, second) == 16


def test_ids_may_be_separated_in_any_way_and_repeated() -> None:
    selector = parse_selector(CHIA, SelectorKind.CHIA_COLLECTION, f"  {FRIENDS},\n{OTHERS.upper()} ; {FRIENDS}\n")
    assert selector == Selector(CHIA, SelectorKind.CHIA_COLLECTION, frozenset({FRIENDS, OTHERS}))


@pytest.mark.parametrize("prefix", ["", "0x", "0X"])
def test_a_launcher_id_stands_for_its_nft(prefix: str) -> None:
    selector = parse_selector(CHIA, SelectorKind.NFT_SET, prefix + "0A" * 32)
    assert selector.items == {chia_ids.encode("nft", bytes([10]) * 32)}


@pytest.mark.parametrize("text", ["0x1", "0x01", "0X" + "0" * 63 + "1"])
def test_nft_data_is_brought_to_one_spelling(text: str) -> None:
    assert parse_selector(LOOPRING, SelectorKind.NFT_DATA_SET, text).items == {NFT_DATA[0]}


@pytest.mark.parametrize("nft_id", [NFT_ID, NFT_ID.upper().replace("X", "x"), str(int(NFT_ID, 16))])
@pytest.mark.parametrize("standard", ["", "/ERC1155", "/erc1155"])
def test_a_loopring_nft_stands_for_its_nft_data_before_and_after_a_visit_to_layer_1(nft_id: str, standard: str) -> None:
    selector = parse_selector(LOOPRING, SelectorKind.NFT_DATA_SET, f"{EVM}/{nft_id}/{MINTER}/10{standard}")
    assert selector.items == {NATIVE, REDEPOSITED}


def test_the_other_token_standard_makes_other_nft_data() -> None:
    selector = parse_selector(LOOPRING, SelectorKind.NFT_DATA_SET, f"{EVM}/{NFT_ID}/{MINTER}/10/ERC721")
    assert len(selector.items) == 2
    assert not selector.items & {NATIVE, REDEPOSITED}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (f"{EVM}/{NFT_ID}/{MINTER}", "3 parts"),
        (f"0x12/{NFT_ID}/{MINTER}/10", "token address is not"),
        (f"{EVM}/{NFT_ID}/minter/10", "minter address is not"),
        (f"{EVM}/{2**256}/{MINTER}/10", "nftId is neither"),
        (f"{EVM}/-1/{MINTER}/10", "nftId is neither"),
        (f"{EVM}/{NFT_ID}/{MINTER}/10%", "royalty is not"),
        (f"{EVM}/{NFT_ID}/{MINTER}/101", "royalty is not"),
        (f"{EVM}/{NFT_ID}/{MINTER}/10/ERC20", "token standard"),
    ],
)
def test_a_loopring_nft_that_cannot_be_read_is_explained(item: str, reason: str) -> None:
    message = refusal(LOOPRING, SelectorKind.NFT_DATA_SET, item)
    assert reason in message
    assert MINTER not in message


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        (SelectorKind.CHIA_COLLECTION, WALLET, "is a wallet address"),
        (SelectorKind.CHIA_COLLECTION, NFTS[0], "choose the kind nft-set"),
        (SelectorKind.CHIA_COLLECTION, DID, "is the DID of a person or creator"),
        (SelectorKind.CHIA_COLLECTION, EVM, "is an Ethereum address"),
        (SelectorKind.CHIA_COLLECTION, UUID, "from metadata (CHIP-0007)"),
        (SelectorKind.CHIA_COLLECTION, UUID, "begins with col1"),
        (SelectorKind.CHIA_COLLECTION, "0a" * 32, "is a hexadecimal id"),
        (SelectorKind.CHIA_COLLECTION, FRIENDS[:-1] + "b", "its checksum does not fit"),
        (SelectorKind.CHIA_COLLECTION, "C" + FRIENDS[1:], "wrong case"),
        (SelectorKind.CHIA_COLLECTION, "Friends", "Names can be copied"),
        (SelectorKind.CHIA_COLLECTION, f"https://example.org/{FRIENDS}", "Paste the id alone"),
        (SelectorKind.NFT_SET, FRIENDS, "choose the kind chia-collection"),
        (SelectorKind.NFT_SET, WALLET, "is a wallet address"),
        (SelectorKind.NFT_SET, "0a" * 31, "wrong number of digits"),
    ],
)
def test_something_else_pasted_on_chia_is_recognised(kind: SelectorKind, text: str, answer: str) -> None:
    assert answer in refusal(CHIA, kind, text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (EVM, "a wallet or a contract, not an NFT"),
        (NFTS[0], "is an id on Chia"),
        (WALLET, "is a wallet address"),
        ("0a" * 32, "has no 0x in front"),
        ("0x" + "0a" * 33, "wrong number of digits"),
        ("1234", "is not an id"),
    ],
)
def test_something_else_pasted_on_loopring_is_recognised(text: str, answer: str) -> None:
    assert answer in refusal(LOOPRING, SelectorKind.NFT_DATA_SET, text)


def test_the_wrong_item_of_many_is_named_but_never_a_whole_address() -> None:
    message = refusal(CHIA, SelectorKind.CHIA_COLLECTION, f"{FRIENDS} {OTHERS} {WALLET}")
    assert message.startswith("Item 3, “xch1")
    assert WALLET not in message


def test_a_kind_of_another_network_is_refused() -> None:
    assert "It has: nft-data-set, any." in refusal(LOOPRING, SelectorKind.CHIA_COLLECTION, FRIENDS)
    assert kinds_on(Network.CHIA_TESTNET11) == (SelectorKind.CHIA_COLLECTION, SelectorKind.NFT_SET, SelectorKind.ANY)
    with pytest.raises(ValueError, match="has no nft-set"):
        Selector(LOOPRING, SelectorKind.NFT_SET, frozenset(NFTS))


def test_any_takes_no_ids_and_the_others_need_some() -> None:
    assert parse_selector(CHIA, SelectorKind.ANY, " ") == Selector(CHIA, SelectorKind.ANY)
    assert "takes no ids" in refusal(CHIA, SelectorKind.ANY, FRIENDS)
    assert "No ids were given" in refusal(CHIA, SelectorKind.NFT_SET, " , ")
    with pytest.raises(ValueError, match="with 0 items"):
        Selector(CHIA, SelectorKind.NFT_SET)
    with pytest.raises(ValueError, match="with 1 items"):
        Selector(CHIA, SelectorKind.ANY, frozenset({FRIENDS}))


def test_five_hundred_ids_are_allowed_and_no_more() -> None:
    ids = [f"{number:064x}" for number in range(501)]
    assert len(parse_selector(CHIA, SelectorKind.NFT_SET, " ".join(ids[:500])).items) == 500
    assert "501 ids are too many" in refusal(CHIA, SelectorKind.NFT_SET, " ".join(ids))


@pytest.mark.parametrize(
    ("selector", "line"),
    [
        (Selector(CHIA, SelectorKind.ANY), "any NFT on Chia"),
        (Selector(CHIA, SelectorKind.CHIA_COLLECTION, frozenset({FRIENDS, OTHERS})), "2 collections on Chia"),
        (Selector(CHIA, SelectorKind.NFT_SET, frozenset(NFTS)), "10 NFTs on Chia"),
        (
            Selector(LOOPRING, SelectorKind.NFT_DATA_SET, frozenset(NFT_DATA[:1])),
            "nftData 0x00000000…0001 on Loopring L2",
        ),
    ],
)
def test_a_selector_describes_itself_in_one_line(selector: Selector, line: str) -> None:
    assert selector.describe() == line
