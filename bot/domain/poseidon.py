"""Loopring's nftData: the Poseidon hash by which its layer 2 names an NFT.

The permutation is that of Loopring's protocol 3 (ethsnarks): width 7, 6 full and 52 partial rounds, x^5 over the scalar
field of BN254, constants from a chain of BLAKE2b hashes. Checked against published API samples.
"""

import functools
import hashlib
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

FIELD: Final = 21888242871839275222246405745257275088548364400416034343698204186575808495617
"""The order of BN254's scalar field; every nftData is below it."""

_WIDTH: Final = 7
_FULL_ROUNDS: Final = 6
_PARTIAL_ROUNDS: Final = 52
_HALF_NFT_ID: Final = 1 << 128


class NftType(IntEnum):
    """The token standard of an NFT's contract, as the hash counts it."""

    ERC1155 = 0
    ERC721 = 1


def native_nft_data(token_address: int, nft_id: int, minter: int, royalty: int, kind: NftType) -> str:
    """Return the nftData of an NFT minted on layer 2: `0x` and 64 digits. `royalty` is in per cent."""
    return _nft_data(minter, kind, token_address, nft_id, royalty)


def redeposited_nft_data(token_address: int, nft_id: int, kind: NftType) -> str:
    """Return the nftData that the same NFT has after it was withdrawn to layer 1 and deposited back.

    Loopring then takes the contract for the minter and forgets the royalty.
    """
    return _nft_data(token_address, kind, token_address, nft_id, 0)


def poseidon(inputs: tuple[int, ...]) -> int:
    """Hash up to 6 numbers below the field's order. Raise `ValueError` for more, or for others."""
    if len(inputs) >= _WIDTH or not all(0 <= value < FIELD for value in inputs):
        raise ValueError("Poseidon takes up to 6 elements of the field")
    constants, matrix = _parameters()
    state = [*inputs, *([0] * (_WIDTH - len(inputs)))]
    for number, constant in enumerate(constants):
        state = [value + constant for value in state]
        full = not _FULL_ROUNDS // 2 <= number < _FULL_ROUNDS // 2 + _PARTIAL_ROUNDS
        for index in range(_WIDTH if full else 1):
            state[index] = pow(state[index], 5, FIELD)
        state = [sum(map(int.__mul__, row, state)) % FIELD for row in matrix]
    return state[0]


def _nft_data(minter: int, kind: NftType, token_address: int, nft_id: int, royalty: int) -> str:
    high, low = divmod(nft_id, _HALF_NFT_ID)
    return f"0x{poseidon((minter, kind, token_address, low, high, royalty)):064x}"


@functools.cache
def _parameters() -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Return the round constants and the mixing matrix, a Cauchy matrix (Poseidon paper, section 2.3)."""
    constants = _chain(b"poseidon_constants")
    rounds = tuple(next(constants) for _ in range(_FULL_ROUNDS + _PARTIAL_ROUNDS))
    points = _chain(b"poseidon_matrix_0000")
    rows = [next(points) for _ in range(_WIDTH)]
    columns = [next(points) for _ in range(_WIDTH)]
    return rounds, tuple(tuple(pow(row - column, -1, FIELD) for column in columns) for row in rows)


def _chain(seed: bytes) -> Iterator[int]:
    while True:
        seed = hashlib.blake2b(seed, digest_size=32).digest()
        yield int.from_bytes(seed, "little")
