"""Answers for programs that ask again and again: what has not changed is not sent again (RFC 9110 section 8.8)."""

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response


def answer(request: Request, body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """``body``, or 304 when the client has the same. It may be kept, but is asked for anew each time: what a moderator hides is gone
    from the next answer."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    told = {"etag": tag, "cache-control": "public, no-cache", "vary": "cookie, origin", **(headers or {})}
    given = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in given or "*" in given:
        return Response(status_code=304, headers=told)
    return Response(body, headers={**told, "content-type": content_type})
