"""The built files of the front end, read into memory once and compressed once."""

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
        self._files = {path.name: _answers(path) for path in sorted(folder.iterdir()) if path.is_file()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        answers = self._files.get(scope["path"].rpartition("/static/")[2])
        if answers is None:
            raise HTTPException(404)
        plain, compressed = answers
        answer = compressed if "gzip" in request.headers.get("accept-encoding", "") else plain
        await answer(scope, receive, send)


def _answers(path: Path) -> tuple[Response, Response]:
    """The answers for readers who do not take compressed bytes and for those who do."""
    data = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"cache-control": _FOR_EVER if _NAMED_BY_CONTENT.search(path.name) else _FOR_AN_HOUR, "content-type": kind}
    if path.suffix not in _COMPRESSIBLE:
        return Response(data, headers=headers), Response(data, headers=headers)
    headers["vary"] = "accept-encoding"
    return Response(data, headers=headers), Response(gzip.compress(data, 9, mtime=0), headers=headers | {"content-encoding": "gzip"})
