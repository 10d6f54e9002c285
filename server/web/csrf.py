"""Changing requests are accepted only from our own pages: by what the browser says of their origin, and by a token in every form."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Literal

from starlette.requests import Request

from server.identity.keys import same
from server.kernel.refused import Refused

TOKEN_FIELD = "csrf"
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def masked(token: str) -> str:
    """``token`` as a page shows it, different each time: pages are compressed, and the length of what is compressed must not tell
    anything of it (the BREACH attack)."""
    plain = token.encode()
    mask = secrets.token_bytes(len(plain))
    return urlsafe_b64encode(mask + bytes(one ^ other for one, other in zip(mask, plain, strict=True))).decode()


def unmasked(shown: str) -> str:
    """The token behind what a page showed; empty when it is none."""
    try:
        both = urlsafe_b64decode(shown.encode("ascii"))
        half = len(both) // 2
        return bytes(one ^ other for one, other in zip(both[:half], both[half:], strict=True)).decode("ascii")
    except ValueError:
        return ""


def check_source(request: Request, takes: Literal["form", "json"]) -> None:
    """Nothing, when the browser says that one of our pages sends this, in the form that such pages use.

    ``Origin`` must be there: every browser of the last six years sends it with a POST. A page elsewhere cannot send JSON as such
    without asking first, so JSON under another name is refused.

    Raises: Refused ``foreign_request``, ``bad_content_type``.
    """
    if request.headers.getlist("origin") not in [[origin] for origin in request.state.origins]:
        raise Refused("foreign_request")
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refused("foreign_request")
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in (_FORM_TYPES if takes == "form" else {"application/json"}):
        raise Refused("bad_content_type")


async def check_token(request: Request) -> None:
    """Nothing, when the form holds the token of this browser's session.

    Raises: Refused ``form_too_old``: somebody else's form, or one's own from before one signed in or out.
    """
    given = (await request.form()).get(TOKEN_FIELD)
    expected: str = request.state.csrf
    if not expected or not isinstance(given, str) or not same(unmasked(given), expected):
        raise Refused("form_too_old")
