"""The way to a node: what it takes for an answer, and that it ends when it is told to."""

import asyncio

import pytest

from bot.domain.challenges import ProofOutage, ProofUnavailableError
from bot.domain.errors import ConfigError
from bot.proof.json_rpc import JsonRpc, Reverted, RpcLimits
from tests.contracts.doubles import code, scripted
from tests.contracts.server import PATH, Error, Hang, Node, Raw

SOMEBODY = "0x00000000000000000000000000000000000c0de0"

REVERTS = [
    Error(3, "execution reverted", "0x"),
    Error(3, "execution reverted: GS026", "0x08c379a0"),
    Error(-32000, "execution reverted"),
    Error(-32000, "Execution reverted", "0x"),
    Error(-32000, "VM execution reverted"),
    Error(-32000, "out of gas"),
    Error(-32000, "contract creation code storage out of gas"),
    Error(-32000, "gas uint64 overflow"),
    Error(-32000, "invalid opcode: INVALID"),
    Error(-32000, "invalid opcode: opcode 0xfe not defined"),
    Error(-32000, "invalid jump destination"),
    Error(-32000, "stack underflow (0 <=> 1)"),
    Error(-32000, "stack limit reached 1024 (1023)"),
    Error(-32000, "write protection"),
    Error(-32000, "return data out of bounds"),
    Error(-32015, "VM execution error.", "Reverted 0x08c379a0"),
    Error(-32015, "VM execution error.", "revert"),
    Error(-32015, "VM execution error.", "Bad instruction fe"),
    Error(-32015, "VM execution error.", "OutOfGas"),
    Error(-32015, "VM execution error", "InvalidJumpDestination"),
    Error(-32015, "StackUnderflow"),
    Error(-32003, "out of gas: gas required exceeds allowance: 10000000"),
    Error(-32003, "Out of gas: required gas exceeds allowance: 10000000"),
    Error(-32003, "EVM error: InvalidFEOpcode"),
    Error(-32603, "EVM error InvalidFEOpcode"),
    Error(-32603, "VM Exception while processing transaction: reverted with reason string 'no'"),
]
"""What nodes say of a call that failed: geth and erigon, besu, parity and nethermind, reth, anvil, hardhat."""

OUTAGES = [
    Error(-32015, "VM execution error.", "insufficient sender balance"),
    Error(-32015, "VM execution error."),
    Error(-32015, "VM execution error.", {"reason": "Reverted"}),
    Error(-32000, "gas limit too high: out of gas budget for this key"),
    Error(-32000, "intrinsic gas too low"),
    Error(-32000, "err: max initcode size exceeded (supplied gas 10000000)"),
    Error(-32602, "execution reverted"),
    Error(-32700, "parse error"),
    Error(0, ""),
]


@pytest.mark.parametrize("error", REVERTS, ids=lambda error: f"{error.code} {error.message} {error.data}")
async def test_a_failed_call_is_an_answer(node: Node, rpc: JsonRpc, error: Error) -> None:
    node.faults["eth_call"] = error
    assert await rpc.call(SOMEBODY, b"") == Reverted()


@pytest.mark.parametrize("error", OUTAGES, ids=lambda error: f"{error.code} {error.message} {error.data}")
async def test_any_other_error_is_none(node: Node, rpc: JsonRpc, error: Error) -> None:
    node.faults["eth_call"] = error
    with pytest.raises(ProofUnavailableError):
        await rpc.call(SOMEBODY, b"")


@pytest.mark.parametrize("method", ["eth_chainId", "eth_syncing", "eth_getCode"])
async def test_only_calls_can_fail(node: Node, rpc: JsonRpc, method: str) -> None:
    node.faults[method] = Error(3, "execution reverted")
    questions = {"eth_chainId": rpc.chain_id(), "eth_syncing": rpc.is_syncing(), "eth_getCode": rpc.code(SOMEBODY)}
    for asked, question in questions.items():
        if asked == method:
            with pytest.raises(ProofUnavailableError):
                await question
        else:
            await question


async def test_the_four_questions_are_answered_by_a_real_node(node: Node, rpc: JsonRpc) -> None:
    echo = await node.chain.deploy(code("Echo"))
    assert await rpc.chain_id() == 1
    assert not await rpc.is_syncing()
    assert await rpc.code(SOMEBODY) == b""
    assert len(await rpc.code(echo)) > 10
    assert await rpc.call(echo, b"to and fro") == b"to and fro"
    assert await rpc.call(SOMEBODY, b"hello") == b""
    assert await rpc.call(None, bytes.fromhex("60016000526001601ff3")) == b"\1"


@pytest.mark.parametrize("creation_code", [scripted(b"no", reverts=True), code("Endless"), code("Broken")])
async def test_a_real_nodes_errors_are_understood(node: Node, rpc: JsonRpc, creation_code: bytes) -> None:
    failing = await node.chain.deploy(creation_code)
    assert await rpc.call(failing, b"") == Reverted()


async def test_error_null_beside_a_result_is_no_error(node: Node, rpc: JsonRpc) -> None:
    node.faults["eth_chainId"] = lambda number: {"jsonrpc": "2.0", "id": number, "result": "0x1", "error": None}
    assert await rpc.chain_id() == 1


async def test_an_answer_with_two_results_is_none(node: Node, rpc: JsonRpc) -> None:
    node.faults["eth_chainId"] = Raw(b'{"jsonrpc": "2.0", "id": 1, "result": "0x2", "result": "0x1"}')
    with pytest.raises(ProofUnavailableError):
        await rpc.chain_id()


@pytest.mark.parametrize("spelled", ["0x", "1", "0x1 ", "0x1\n", "0xg", "0x" + "1" * 65, "-0x1", 1, True, None, {}])
async def test_a_chain_is_a_hexadecimal_number(node: Node, rpc: JsonRpc, spelled: object) -> None:
    node.faults["eth_chainId"] = lambda number: {"jsonrpc": "2.0", "id": number, "result": spelled}
    with pytest.raises(ProofUnavailableError):
        await rpc.chain_id()


@pytest.mark.parametrize("spelled", ["0x1", "00", "0x00\n", "0X00", "", 0, False, None, ["0x"]])
async def test_bytes_are_whole_and_hexadecimal(node: Node, rpc: JsonRpc, spelled: object) -> None:
    node.faults["eth_getCode"] = lambda number: {"jsonrpc": "2.0", "id": number, "result": spelled}
    with pytest.raises(ProofUnavailableError):
        await rpc.code(SOMEBODY)


async def test_questions_wait_for_their_turn_no_longer_than_for_an_answer(node: Node) -> None:
    rpc = JsonRpc(node.url, limits=RpcLimits(seconds=0.3, at_once=1))
    node.faults["eth_chainId"] = Hang()
    asked = [rpc.chain_id() for _ in range(5)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    await rpc.close()
    assert [o.outage for o in outcomes if isinstance(o, ProofUnavailableError)] == [ProofOutage.TIMEOUT] * 5
    # Somebody may get the turn in the very moment in which time is up for all.
    assert len(node.asked) <= 2


async def test_closing_ends_what_is_under_way_and_what_comes_after(node: Node, rpc: JsonRpc) -> None:
    node.faults["eth_chainId"] = Hang()
    under_way = asyncio.create_task(rpc.chain_id())
    await node.waiting.wait()
    await rpc.close()
    for question in (under_way, rpc.chain_id()):
        with pytest.raises(ProofUnavailableError) as caught:
            await question
        assert caught.value.outage is ProofOutage.CLOSED
    await rpc.close()


async def test_nobody_there_is_an_outage(node: Node, rpc: JsonRpc) -> None:
    await node.__aexit__()
    with pytest.raises(ProofUnavailableError) as caught:
        await rpc.chain_id()
    assert caught.value.outage is ProofOutage.UNREACHABLE
    assert caught.value.__context__ is None


async def test_cancelling_a_question_cancels_it(node: Node, rpc: JsonRpc) -> None:
    node.faults["eth_chainId"] = Hang()
    under_way = asyncio.create_task(rpc.chain_id())
    await node.waiting.wait()
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way


@pytest.mark.parametrize(
    "url", ["", "node.example.org/key7", "ftp://node.example.org/key7", "https:///key7", "http://[::1/key7", "http://x:y/key7"]
)  # fmt: skip
def test_an_unusable_address_is_an_error_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        JsonRpc(url)
    assert "key7" not in f"{caught.value!r} {caught.value.__context__!r}"


def test_the_repr_tells_nothing() -> None:
    assert PATH not in repr(JsonRpc(f"https://user:word@node.example.org{PATH}"))
