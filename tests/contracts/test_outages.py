"""Trouble with a node is never a verdict: at whatever question it strikes, nobody is refused and no link ends."""

import gzip
import logging

import pytest

from bot.domain.addresses import Address
from bot.domain.challenges import ContractEvidence, ProofOutage, ProofUnavailableError
from bot.domain.networks import Network
from bot.proof.contract_wallets import ContractChain, ContractWallets
from bot.proof.json_rpc import JsonRpc, RpcLimits
from tests.contracts.chain import CHAIN_ID, Chain
from tests.contracts.doubles import MAGIC, code, deployment, enveloped, future_address, owned_wallet
from tests.contracts.people import ALICE, MALLORY, proven, refused, text_for
from tests.contracts.server import PATH, Error, Fault, Hang, Node, Raw

YES = f"0x{MAGIC.hex()}{'00' * 28}"
METHODS = ("eth_chainId", "eth_syncing", "eth_getCode", "eth_call")


def result(value: object) -> Fault:
    return lambda number: {"jsonrpc": "2.0", "id": number, "result": value}


def raw_error(value: object) -> Fault:
    return lambda number: {"jsonrpc": "2.0", "id": number, "error": value}


FAULTS: dict[str, tuple[Fault, ProofOutage]] = {
    "500": (Raw(b"{}", 500), ProofOutage.REFUSED),
    "503 with a perfect body": (Raw(b'{"jsonrpc": "2.0", "id": 1, "result": "0x1"}', 503), ProofOutage.REFUSED),
    "401": (Raw(b"{}", 401), ProofOutage.REFUSED),
    "429": (Raw(b"{}", 429), ProofOutage.RATE),
    "redirect": (Raw(b"", 307, {"Location": PATH + "/there"}), ProofOutage.REFUSED),
    "web page": (Raw(b"<html>down for maintenance</html>"), ProofOutage.MALFORMED),
    "nothing": (Raw(b""), ProofOutage.MALFORMED),
    "not text": (Raw(b"\xff\xfe\x00"), ProofOutage.MALFORMED),
    "compressed": (Raw(gzip.compress(b" " * 10_000_000), 200, {"Content-Encoding": "gzip"}), ProofOutage.MALFORMED),
    "endless nesting": (Raw(b"[" * 60_000), ProofOutage.MALFORMED),
    "endless number": (Raw(b"9" * 60_000), ProofOutage.MALFORMED),
    "huge": (Raw(b" " * 70_000), ProofOutage.TOO_LARGE),
    "a list": (lambda number: [{"jsonrpc": "2.0", "id": number, "result": YES}], ProofOutage.MALFORMED),
    "another version": (lambda number: {"jsonrpc": "1.0", "id": number, "result": YES}, ProofOutage.MALFORMED),
    "another id": (lambda number: {"jsonrpc": "2.0", "id": number + 1, "result": YES}, ProofOutage.MALFORMED),
    "id as text": (lambda number: {"jsonrpc": "2.0", "id": str(number), "result": YES}, ProofOutage.MALFORMED),
    "no id": (lambda _: {"jsonrpc": "2.0", "result": YES}, ProofOutage.MALFORMED),
    "no result": (lambda number: {"jsonrpc": "2.0", "id": number}, ProofOutage.MALFORMED),
    "both": (
        lambda number: {"jsonrpc": "2.0", "id": number, "result": YES, "error": {"code": 3, "message": "reverted"}},
        ProofOutage.MALFORMED,
    ),
    "revert without message": (raw_error({"code": 3}), ProofOutage.MALFORMED),
    "error as text": (raw_error("execution reverted"), ProofOutage.MALFORMED),
    "null": (result(None), ProofOutage.MALFORMED),
    "a number": (result(1), ProofOutage.MALFORMED),
    "not hex": (result("0xyes"), ProofOutage.MALFORMED),
    "no prefix": (result(YES[2:]), ProofOutage.MALFORMED),
    "rate limit": (Error(-32005, "limit exceeded"), ProofOutage.RATE),
    "rate limit in words": (Error(-32000, "Too Many Requests"), ProofOutage.RATE),
    "syncing": (Error(-32000, "node is syncing"), ProofOutage.SYNCING),
    "old state": (Error(-32000, "missing trie node 1f2e (path )"), ProofOutage.SYNCING),
    "no such block": (Error(-32000, "header not found"), ProofOutage.SYNCING),
    "timeout of the node": (Error(-32000, "execution aborted (timeout = 5s)"), ProofOutage.REFUSED),
    "no funds": (Error(-32000, "err: insufficient funds for gas (supplied gas 1)"), ProofOutage.REFUSED),
    "internal": (Error(-32603, "Internal error"), ProofOutage.REFUSED),
    "code 3 of something else": (Error(3, "invalid argument"), ProofOutage.REFUSED),
    "revert in passing": (Error(-32000, "upstream reverted to an older version"), ProofOutage.REFUSED),
    "revert of no EVM": (Error(-32001, "execution reverted"), ProofOutage.REFUSED),
}


async def unavailable(wallets: ContractWallets, wallet: str, pasted: str) -> ProofUnavailableError:
    with pytest.raises(ProofUnavailableError) as caught:
        await proven(wallets, wallet, pasted)
    return caught.value


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", FAULTS)
async def test_no_fault_is_a_verdict(
    chain: Chain, node: Node, wallets: ContractWallets, name: str, method: str
) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    fault, outage = FAULTS[name]
    node.faults[method] = fault

    error = await unavailable(wallets, wallet, ALICE.sign(text_for(wallet)))

    assert error.outage is outage
    assert "Nothing was linked" in str(error)
    node.faults.clear()
    await proven(wallets, wallet, ALICE.sign(text_for(wallet)))


@pytest.mark.parametrize("name", FAULTS)
async def test_no_fault_is_a_verdict_on_a_wallet_before_its_deployment(
    chain: Chain, node: Node, wallets: ContractWallets, name: str
) -> None:
    factory = await chain.deploy(code("Factory"))
    wallet = future_address(factory, owned_wallet(ALICE.address.text), bytes(32))
    node.faults["eth_call"], outage = FAULTS[name]
    pasted = enveloped(factory, deployment(ALICE.address.text, bytes(32)), ALICE.sign(text_for(wallet)))
    assert (await unavailable(wallets, wallet, pasted)).outage is outage


@pytest.mark.parametrize("method", METHODS)
async def test_no_fault_ends_a_link(chain: Chain, node: Node, wallets: ContractWallets, method: str) -> None:
    wallet = await chain.deploy(owned_wallet(MALLORY.address.text))
    node.faults[method] = Raw(b"", 502)
    with pytest.raises(ProofUnavailableError):
        await wallets.still_valid(Address(Network.LOOPRING, wallet), ContractEvidence("00" * 32, b"\1"))


@pytest.mark.parametrize("method", METHODS)
async def test_a_node_that_never_answers_is_not_waited_for(chain: Chain, node: Node, method: str) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    rpc = JsonRpc(node.url, limits=RpcLimits(seconds=0.3))
    hasty = ContractWallets({Network.LOOPRING: ContractChain(rpc, CHAIN_ID)})
    node.faults[method] = Hang()
    error = await unavailable(hasty, wallet, ALICE.sign(text_for(wallet)))
    assert error.outage is ProofOutage.TIMEOUT
    await rpc.close()


async def test_nobody_is_asked_whom_the_host_did_not_name(chain: Chain, node: Node, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(code("Permissive"))
    async with Node(chain) as other:
        node.faults["eth_call"] = Raw(b"", 307, {"Location": other.url})
        assert (await unavailable(wallets, wallet, "0x00")).outage is ProofOutage.REFUSED
    assert other.asked == []


async def test_a_node_that_catches_up_is_not_believed(chain: Chain, node: Node, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    node.faults["eth_syncing"] = result({"currentBlock": "0x1", "highestBlock": "0x2"})
    error = await unavailable(wallets, wallet, ALICE.sign(text_for(wallet)))
    assert error.outage is ProofOutage.SYNCING


async def test_a_gateway_need_not_know_what_syncing_is(chain: Chain, node: Node, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    node.faults["eth_syncing"] = Error(-32601, "the method eth_syncing does not exist/is not available")
    await proven(wallets, wallet, ALICE.sign(text_for(wallet)))


async def test_a_node_of_another_chain_is_not_believed_and_the_host_is_told_once(
    chain: Chain, node: Node, wallets: ContractWallets, caplog: pytest.LogCaptureFixture
) -> None:
    wallet = await chain.deploy(code("Permissive"))
    node.faults["eth_chainId"] = result("0xaa36a7")
    for _ in range(2):
        assert (await unavailable(wallets, wallet, "0x00")).outage is ProofOutage.WRONG_CHAIN
    assert "eth_call" not in node.methods
    alarms = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert alarms == [
        "the node configured for contract wallets on loopring serves chain 11155111 and not 1; none can be proven"
    ]


async def test_the_chain_is_asked_for_once(chain: Chain, node: Node, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(code("Permissive"))
    await proven(wallets, wallet, "0x00")
    await proven(wallets, wallet, "0x00")
    assert node.methods.count("eth_chainId") == 1


async def test_a_wallet_and_a_node_that_say_too_much_are_told_apart(
    chain: Chain, node: Node, wallets: ContractWallets
) -> None:
    wallet = await chain.deploy(code("Flood"))
    await refused(wallets, wallet, "0x00")
    node.faults["eth_call"] = Raw(b" " * 70_000)
    assert (await unavailable(wallets, wallet, "0x00")).outage is ProofOutage.TOO_LARGE


async def test_neither_the_nodes_key_nor_the_wallet_nor_the_signature_is_logged(
    chain: Chain, node: Node, wallets: ContractWallets, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    signature = ALICE.sign(text_for(wallet))
    node.faults["eth_call"] = Error(-32000, f"no luck with {wallet} at {node.url}")
    error = await unavailable(wallets, wallet, signature)
    said = f"{caplog.text} {error!r} {error.__cause__!r} {error.__context__!r}"
    assert "a contract wallet on loopring could not be asked: refused" in said
    for secret in (PATH[4:], wallet[2:], signature[2:40]):
        assert secret not in said.lower()
