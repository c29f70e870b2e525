"""A chain in this process: a real EVM (py-evm, Prague rules) that answers JSON-RPC as geth does."""

import asyncio

from eth.abc import ComputationAPI
from eth.constants import BLANK_ROOT_HASH, CREATE_CONTRACT_ADDRESS
from eth.db.atomic import AtomicDB
from eth.exceptions import OutOfGas, Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.state import PragueState, PragueTransactionExecutor
from eth.vm.message import Message
from eth.vm.transaction_context import BaseTransactionContext
from eth_typing import Address, BlockNumber, Hash32

from tests.contracts.chain import CHAIN_ID

_NOBODY = Address(bytes(20))
_DEPLOYER = Address(b"\xde" * 20)
_PLENTY = 30_000_000


class Evm:
    """The chain in this process."""

    def __init__(self) -> None:
        context = ExecutionContext(
            coinbase=_NOBODY,
            timestamp=1_767_323_045,
            block_number=BlockNumber(1),
            difficulty=0,
            mix_hash=Hash32(bytes(32)),
            gas_limit=_PLENTY,
            prev_hashes=(),
            chain_id=CHAIN_ID,
            base_fee_per_gas=0,
            excess_blob_gas=0,
        )
        self._state = PragueState(AtomicDB(), context, BLANK_ROOT_HASH)
        self._busy = asyncio.Lock()
        self._deployed = 0

    async def deploy(self, creation_code: bytes) -> str:
        self._deployed += 1
        address = Address(b"\xca" * 16 + self._deployed.to_bytes(4))
        done = await self._run(_message(_DEPLOYER, None, creation_code, _PLENTY, at=address), keep=True)
        assert done.is_success, done.error
        return f"0x{address.hex()}"

    async def send(self, to: str, data: bytes) -> None:
        done = await self._run(_message(_DEPLOYER, _address(to), data, _PLENTY), keep=True)
        assert done.is_success, done.error

    async def set_code(self, address: str, code: bytes) -> None:
        self._state.set_code(_address(address), code)

    async def answer(self, method: str, params: list[object]) -> dict[str, object]:
        match method, params:
            case "eth_chainId", []:
                return {"result": hex(CHAIN_ID)}
            case "eth_syncing", []:
                return {"result": False}
            case "eth_getCode", [str() as address, "latest"]:
                return {"result": f"0x{self._state.get_code(_address(address)).hex()}"}
            case "eth_call", [{"data": str() as data, "gas": str() as gas, **rest}, "latest"]:
                to = rest.get("to")
                call = _message(
                    _NOBODY, _address(to) if isinstance(to, str) else None, bytes.fromhex(data[2:]), int(gas, 16)
                )
                return _said(await self._run(call, keep=False))
            case _:
                return {"error": {"code": -32601, "message": f"the method {method} does not exist/is not available"}}

    async def _run(self, message: Message, *, keep: bool) -> ComputationAPI:
        async with self._busy:
            return await asyncio.to_thread(self._run_now, message, keep=keep)

    def _run_now(self, message: Message, *, keep: bool) -> ComputationAPI:
        context = BaseTransactionContext(gas_price=0, origin=message.sender)
        before = self._state.snapshot()
        run = PragueState.computation_class
        if message.is_create:
            done = run.apply_create_message(self._state, message, context)
        else:
            executor = PragueTransactionExecutor(self._state)
            message.code, delegate = executor.get_code_at_address(message.to)
            if delegate is not None:
                message._code_address = delegate
            done = run.apply_message(self._state, message, context)
        if keep:
            self._state.commit(before)
        else:
            self._state.revert(before)
        return done


def _message(sender: Address, to: Address | None, data: bytes, gas: int, at: Address | None = None) -> Message:
    if to is not None:
        return Message(gas=gas, to=to, sender=sender, value=0, data=data, code=b"")
    return Message(
        gas=gas,
        to=CREATE_CONTRACT_ADDRESS,
        sender=sender,
        value=0,
        data=b"",
        code=data,
        create_address=at or Address(b"\xc0" * 20),
    )


def _said(done: ComputationAPI) -> dict[str, object]:
    if done.is_success:
        return {"result": f"0x{done.output.hex()}"}
    if isinstance(done.error, Revert):
        return {"error": {"code": 3, "message": "execution reverted", "data": f"0x{done.output.hex()}"}}
    if isinstance(done.error, OutOfGas):
        return {"error": {"code": -32000, "message": "out of gas"}}
    return {"error": {"code": -32000, "message": "invalid opcode: INVALID"}}


def _address(text: str) -> Address:
    return Address(bytes.fromhex(text[2:]))
