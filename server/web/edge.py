"""What every request passes before it reaches a page, and every answer on its way out.

In: the host, the path and the query are checked, the reader is known by the cookie. Out: security headers, a reference number, one
line in the log. What goes wrong below ends here: a refusal becomes a sentence, a failure a reference number.
"""

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address
from typing import NamedTuple

from asyncpg import InterfaceError, InternalClientError, PostgresConnectionError
from asyncpg.exceptions import CannotConnectNowError, TooManyConnectionsError
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request, cookie_parser
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Router
from starlette.types import Lifespan, Message, Receive, Scope, Send

from server.identity.keys import Keys
from server.identity.sessions import Sessions
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.locale import language
from server.realtime.address import Network, client_address
from server.web import refusals
from server.web.cookies import Cookies
from server.web.door import Door
from server.web.headers import complete, fixed_headers
from server.web.media_news import WEBHOOK
from server.web.pages import Pages, redirect

_log = logging.getLogger("server.web")

_A_YEAR_S = 365 * 24 * 3600
_ANSWERED_UNDER_ANY_HOST = frozenset({"/healthz", WEBHOOK})  # probes and our own media engine come by address
_UNAVAILABLE = (
    *(OSError, TimeoutError, PostgresConnectionError, CannotConnectNowError, TooManyConnectionsError, InterfaceError),
    InternalClientError,  # what asyncpg says when the connection goes between the two halves of one statement
)
_FOR_PROGRAMS = "/api/"
"""Below it everything is JSON, for programs and pages of any origin, errors included."""
_CODES = {400: "bad_input", 404: "not_found", 405: "wrong_method", 408: "too_slow", 413: "too_large"}
_LAST_RESORT = (
    "<!doctype html><meta charset=utf-8><title>Diên Hồng</title><h1>Diên Hồng</h1>"
    "<p>Hệ thống tạm thời gián đoạn. / The service is interrupted.</p><p>{}</p>"
)


class Place(NamedTuple):
    """Where the site stands: its own origin, every origin whose pages are ours, every ``Host`` answered, the proxies believed."""

    origin: str
    origins: frozenset[str]
    hosts: frozenset[str]
    proxies: Sequence[Network] = ()


class Edge:
    """The web application. It serves ``doors`` and, under ``/static``, files that carry no secrets; nothing else can be reached."""

    def __init__(
        self,
        doors: Sequence[Door],
        *,
        place: Place,
        sessions: Sessions,
        keys: Keys,
        pages: Pages,
        static: Mount | None = None,
        lifespan: Lifespan[Router] | None = None,
    ) -> None:
        self.doors = tuple(doors)
        for door in self.doors:
            if not isinstance(door, Door):
                raise TypeError(f"{door!r} declares no action")
        self._place = place
        self._sessions = sessions
        self._keys = keys
        self._pages = pages
        self._cookies = Cookies(secure=place.origin.startswith("https://"))
        self._fixed = fixed_headers(place.origin)
        self._router = Router([*self.doors, *([static] if static else [])], redirect_slashes=False, lifespan=lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        await _Exchange(self, scope, send).run(receive)

    def _check_target(self, scope: Scope) -> None:
        """The path as it was decoded once is all that decides; what no page of ours links to is refused early."""
        hosts = Headers(scope=scope).getlist("host")
        if scope["path"] not in _ANSWERED_UNDER_ANY_HOST and (len(hosts) != 1 or hosts[0].lower() not in self._place.hosts):
            raise HTTPException(400)
        if any(letter < " " or letter == "\x7f" for letter in scope["path"]):
            raise HTTPException(404)
        if b"%00" in scope["query_string"] or not scope["query_string"].isascii():
            raise HTTPException(400)

    async def _recognise(self, scope: Scope) -> None:
        """Puts into ``request.state`` what endpoints may ask of the reader: see ``server.web.pages``."""
        state = scope.setdefault("state", {})
        cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
        lang = language(_wished_language(scope) or cookies.get("lang"))
        peer = scope["client"][0] if scope.get("client") else ""
        forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        state |= {
            "viewer": Viewer(lang=lang),
            "address": str(client_address(peer, forwarded, self._place.proxies) or IPv4Address(0)),
            "origins": self._place.origins,
            "theme": cookies["theme"] if cookies.get("theme") in ("light", "dark") else "",
            "notice": cookies.get("notice", ""),
            "cookies": self._cookies,
            "csrf": "",
        }
        if scope["path"].startswith("/static/"):
            return
        cookie = cookies.get(self._cookies.session, "")
        viewer = await self._sessions.viewer(cookie, lang) if cookie else None
        if viewer is not None:
            state["viewer"] = viewer
        # The cookie of a session that is over still vouches for the forms shown with it: what was written in them is not lost.
        cookie = cookie or cookies.get(self._cookies.browser, "")
        state["browser"] = cookies.get(self._cookies.browser, "")
        state["csrf"] = self._keys.form_token(cookie) if cookie else ""


class _Exchange:
    """One request and its answer."""

    def __init__(self, edge: Edge, scope: Scope, send: Send) -> None:
        self.edge = edge
        self.scope = scope
        self._send = send
        self.reference = secrets.token_hex(6)
        self.status: int | None = None
        self.began = time.monotonic()

    async def run(self, receive: Receive) -> None:
        scope, edge = self.scope, self.edge
        scope["app"] = edge  # Starlette raises HTTPException, rather than answering by itself, where there is an app
        scope.setdefault("state", {}).update(viewer=Viewer(), theme="", notice="", csrf="", cookies=edge._cookies)
        scope["state"]["reference"] = self.reference
        try:
            edge._check_target(scope)
            await edge._recognise(scope)
            await edge._router(scope, receive, self.send)
        except Exception as failure:
            response = self._answer(failure)
            if self.status is not None:
                raise  # the answer is half out: the server cuts the connection
            await response(scope, receive, self.send)
        finally:
            door: Door | None = scope.get("door")
            facts = {
                "reference": self.reference,
                "method": scope["method"],
                "door": door.path if door else None,  # the pattern: an address may name a person's things
                "status": self.status,
                "ms": round((time.monotonic() - self.began) * 1000, 1),
            }
            _log.info("request", extra={"facts": facts})

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            if self.scope["path"].startswith(_FOR_PROGRAMS):
                headers.setdefault("access-control-allow-origin", "*")
                headers.setdefault("cross-origin-resource-policy", "cross-origin")
            complete(headers, self.edge._fixed, reference=self.reference, personal=self.scope["state"]["viewer"].signed_in)
            wish = _wished_language(self.scope)
            if wish and not headers["cache-control"].startswith("public"):  # what caches keep for everybody sets nobody's cookie
                kept = Response()
                self.edge._cookies.set_wish(kept, "lang", wish, _A_YEAR_S)
                headers.append("set-cookie", kept.headers["set-cookie"])
        await self._send(message)

    def _answer(self, failure: Exception) -> Response:
        refused, status, extra = self._read(failure)
        if refused.code in ("foreign_request", "form_too_old", "rate_limited"):
            _log.warning("security event", extra={"facts": {"reference": self.reference, "event": refused.code}})
        try:
            return self._say(refused, status, extra)
        except Exception:
            _log.exception("the page of an error failed", extra={"facts": {"reference": self.reference}})
            return Response(_LAST_RESORT.format(self.reference), status, media_type="text/html", headers=extra)

    def _say(self, refused: Refused, status: int, extra: dict[str, str]) -> Response:
        request, pages = Request(self.scope), self.edge._pages
        door: Door | None = self.scope.get("door")
        if refused.code == "sign_in_needed" and self.scope["method"] in ("GET", "HEAD"):
            return redirect(request, "/dang-nhap", next=pages.here(request))
        viewer: Viewer = self.scope["state"]["viewer"]
        sentence = refusals.sentence(refused, viewer.lang)
        if (door is not None and door.takes in ("json", "signed")) or self.scope["path"].startswith(_FOR_PROGRAMS):
            return JSONResponse({"code": refused.code, "message": sentence, "reference": self.reference}, status, headers=extra)
        context = {"sentence": sentence, "code": refused.code, "reference": self.reference}
        return pages.render(request, "error.html", status=status, headers=extra, **context)

    def _read(self, failure: Exception) -> tuple[Refused, int, dict[str, str]]:
        """What went wrong as a refusal, a status, and headers."""
        match failure:
            case Refused():
                wait_s = failure.detail.get("retry_after_s")
                return failure, refusals.status_of(failure), {"retry-after": str(wait_s)} if wait_s else {}
            case HTTPException():
                return Refused(_CODES.get(failure.status_code, "bad_input")), failure.status_code, dict(failure.headers or {})
            case ClientDisconnect():
                return Refused("bad_input"), 400, {}  # nobody hears it; it is no fault of ours
            case _:
                _log.exception("request failed", extra={"facts": {"reference": self.reference}})
                if isinstance(failure, _UNAVAILABLE):
                    return Refused("unavailable"), 503, {"retry-after": "5"}
                return Refused("failed"), 500, {}


def _wished_language(scope: Scope) -> str:
    """The language that a link of the page asked for, or nothing."""
    if b"lang=" not in scope["query_string"]:
        return ""
    wish = QueryParams(scope["query_string"]).get("lang", "")
    return wish if wish in ("vi", "en") else ""


def every_door(*groups: Callable[[], Sequence[Door]]) -> list[Door]:
    """The doors of several topics, in order.

    Raises: ValueError when two would answer the same address and method.
    """
    doors = [door for group in groups for door in group()]
    seen: set[tuple[str, str]] = set()
    for door in doors:
        key = (door.path, door.takes if door.takes == "nothing" else "POST")
        if key in seen:
            raise ValueError(f"two doors at {door.path}")
        seen.add(key)
    return doors
