"""Static files: read once at start, served from memory below a path that names their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.web.refusals import RefusalError, WebCode

FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_TEXT: Final = frozenset({".js", ".css", ".svg", ".txt", ".webmanifest"})
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    content_type: str
    charset: str | None


class StaticFiles:
    """All files of a folder. Their common digest is in the path, so that modules can import each other relatively."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = _read(folder)
        digest = hashlib.sha256()
        for name, file in sorted(self._files.items()):
            digest.update(f"{name}:{len(file.content)}:".encode() + file.content)
        self._digest = digest.hexdigest()[:16]

    @property
    def path(self) -> str:
        """The path below which the files are."""
        return f"/static/{self._digest}"

    @property
    def names(self) -> list[str]:
        """The files there are."""
        return sorted(self._files)

    async def serve(self, request: web.Request) -> web.Response:
        """Answer with a file. A page from before an update gets the new one, but must not keep it."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise RefusalError(WebCode.NOT_FOUND)
        is_current = request.match_info["digest"] == self._digest
        return web.Response(
            body=file.content,
            content_type=file.content_type,
            charset=file.charset,
            headers={"Cache-Control": _FOR_EVER if is_current else "no-store"},
        )


def _read(folder: Path) -> Mapping[str, _File]:
    return {
        path.relative_to(folder).as_posix(): _File(
            path.read_bytes(), _TYPES[path.suffix], "utf-8" if path.suffix in _TEXT else None
        )
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in _TYPES
    }
