"""The built files of the front end, read into memory once, and compressed once, when the first reader asks."""

import asyncio
import gzip
import mimetypes
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_NAMED_BY_CONTENT = re.compile(r"-[\w-]{8}\.\w+$")
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_AN_HOUR = "public, max-age=3600"
_COMPRESSIBLE = frozenset({".js", ".mjs", ".css", ".svg", ".json"})
_SCRIPT = "text/javascript; charset=utf-8"
_TYPES = {".woff2": "font/woff2", ".js": _SCRIPT, ".mjs": _SCRIPT, ".css": "text/css; charset=utf-8"}


class StaticFiles:
    """An ASGI application that serves the files of one folder, which must not change while it runs.

    A file whose name comes from its content may be kept by everybody for ever.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: _File(path) for path in sorted(folder.iterdir()) if path.is_file()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        file = self._files.get(scope["path"].rpartition("/static/")[2])
        if file is None:
            raise HTTPException(404)
        answer = await file.compressed() if "gzip" in request.headers.get("accept-encoding", "") else file.plain
        await answer(scope, receive, send)


class _File:
    """The answers for readers who do not take compressed bytes (``plain``) and for those who do."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        self._kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._kept_for = _FOR_EVER if _NAMED_BY_CONTENT.search(path.name) else _FOR_AN_HOUR
        compressible = path.suffix in _COMPRESSIBLE
        self.plain = self._answer(self._data, {"vary": "accept-encoding"} if compressible else {})
        self._compressed = None if compressible else self.plain

    async def compressed(self) -> Response:
        # Not at the start: to compress all files takes a third of it, and most of them are asked for by nobody for long.
        if self._compressed is None:
            data = await asyncio.to_thread(gzip.compress, self._data, 9, mtime=0)
            self._compressed = self._answer(data, {"vary": "accept-encoding", "content-encoding": "gzip"})
        return self._compressed

    def _answer(self, data: bytes, more: dict[str, str]) -> Response:
        return Response(data, headers={"cache-control": self._kept_for, "content-type": self._kind, **more})
