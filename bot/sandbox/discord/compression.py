"""Transport compression of the gateway: one stream per connection, flushed after every message."""

from __future__ import annotations

import zlib
from typing import Protocol


class Packer(Protocol):
    """Turns a JSON text into what goes over the wire."""

    def pack(self, text: str) -> str | bytes:
        """The frame for one message."""


class PlainPacker:
    """No compression: text frames."""

    def pack(self, text: str) -> str | bytes:
        """The frame for one message."""
        return text


class ZlibPacker:
    """`compress=zlib-stream`: one zlib context for the whole connection, each message ends with a sync flush."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, text: str) -> str | bytes:
        """The frame for one message."""
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class StoredZstdPacker:
    """`compress=zstd-stream` without a zstd library: one endless frame of raw, uncompressed blocks (RFC 8878, 3.1.1).

    A client asks for it as soon as it has a zstd library itself (Python 3.14 has one); raw blocks are valid zstd,
    and on loopback there is nothing to gain from compressing.
    """

    # Magic number; then frame header: no content size, no checksum, no dictionary; window of 8 MiB (exponent 13).
    _HEADER = b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([13 << 3])
    _BLOCK = 128 * 1024

    def __init__(self) -> None:
        self._begun = False

    def pack(self, text: str) -> str | bytes:
        """The frame for one message."""
        data = text.encode()
        parts = [] if self._begun else [self._HEADER]
        self._begun = True
        for start in range(0, len(data), self._BLOCK):
            block = data[start : start + self._BLOCK]
            parts += [(len(block) << 3).to_bytes(3, "little"), block]
        return b"".join(parts)


def packer_for(compress: str | None) -> Packer | None:
    """The packer for the `compress` parameter of a connection; None when it is unknown."""
    match compress:
        case None:
            return PlainPacker()
        case "zlib-stream":
            return ZlibPacker()
        case "zstd-stream":
            return StoredZstdPacker()
        case _:
            return None
