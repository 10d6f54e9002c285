"""The cookies of the site: the session's, a browser's about to sign in, those of rooms' guests, and three that hold wishes."""

from collections.abc import Mapping
from typing import NamedTuple

from starlette.responses import Response

from server.kernel.ids import RoomId

_MOST_ROOMS = 20


class Cookies(NamedTuple):
    """Names and flags. ``secure`` is whether citizens come by https.

    Over https the names begin with ``__Host-``, so that no other host of the domain can set them. That needs ``Secure``, which some
    browsers refuse over plain http even from their own machine; so the demo on loopback uses other names without it.
    """

    secure: bool

    @property
    def session(self) -> str:
        """256 random bits: the session of a signed-in person."""
        return "__Host-session" if self.secure else "session"

    @property
    def browser(self) -> str:
        """256 random bits: binds sign-in codes and forms to a browser that has not signed in yet. Gone when the browser closes."""
        return "__Host-browser" if self.secure else "browser"

    @property
    def kept(self) -> str:
        """256 random bits: finds again what one had written when one had to sign in. Gone within the hour."""
        return "__Host-kept" if self.secure else "kept"

    def guest(self, room: RoomId) -> str:
        """256 random bits: who came by the link of one room without an account."""
        return f"__Host-guest-{room}" if self.secure else f"guest-{room}"

    def of_guest(self, brought: Mapping[str, str]) -> list[str]:
        """The guest's cookies among those that a request brought, of whatever rooms."""
        start = "__Host-guest-" if self.secure else "guest-"
        return [value for name, value in brought.items() if name.startswith(start)][:_MOST_ROOMS]

    def set_secret(self, response: Response, name: str, value: str, lasts_s: int | None = None) -> None:
        """Sets a cookie that no script reads and no other site's form brings along."""
        response.set_cookie(name, value, max_age=lasts_s, path="/", secure=self.secure, httponly=True, samesite="lax")

    def set_wish(self, response: Response, name: str, value: str, lasts_s: int | None = None) -> None:
        """Sets a cookie that holds no secret: ``lang``, ``theme``, ``notice``."""
        response.set_cookie(name, value, max_age=lasts_s, path="/", secure=self.secure, httponly=False, samesite="lax")

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")
