"""The headers that every answer carries, errors included."""

from starlette.datastructures import MutableHeaders

_DEVICES = ("camera", "microphone", "display-capture")
_NOBODYS = ("geolocation", "payment", "usb", "browsing-topics")


def fixed_headers(origin: str) -> dict[str, str]:
    """Security headers for a site at ``origin``. What an endpoint sets itself stands."""
    scheme = origin.partition("://")[0]
    headers = {
        "content-security-policy": _policy(_sockets(origin)),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Not "no-referrer": with it browsers send "Origin: null" with our own forms.
        "referrer-policy": "same-origin",
        "permissions-policy": ", ".join(f"{name}=()" for name in (*_DEVICES, *_NOBODYS)),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    if scheme == "https":
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


def room_headers(origin: str, engine: str) -> dict[str, str]:
    """What the page of a room sets itself: it may use camera, microphone and screen, and speak to the media engine at ``engine``
    (``wss://host``; the site's own where the site relays)."""
    elsewhere = "" if engine == _sockets(origin) else f" {engine} {engine.replace('ws', 'http', 1)}"
    return {
        "content-security-policy": _policy(_sockets(origin) + elsewhere),
        "permissions-policy": ", ".join([*(f"{name}=(self)" for name in _DEVICES), *(f"{name}=()" for name in _NOBODYS)]),
    }


def _sockets(origin: str) -> str:
    # Safari before 15.4 does not take 'self' for websockets.
    return origin.replace("http", "ws", 1)


def _policy(connect: str) -> str:
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' {connect}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def complete(headers: MutableHeaders, fixed: dict[str, str], *, reference: str, personal: bool) -> None:
    """Adds what is missing: the fixed headers, the reference number, and that pages are asked for anew.

    ``personal`` answers are kept by nobody, not even by the browser that shows them.
    """
    for name, value in fixed.items():
        headers.setdefault(name, value)
    if "frame-ancestors *" in headers["content-security-policy"]:
        del headers["x-frame-options"]  # which can name nobody else, and is only for browsers that do not know frame-ancestors
    headers.setdefault("cache-control", "no-store" if personal else "private, no-cache")
    headers["x-request-id"] = reference
