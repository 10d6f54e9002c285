"""The headers that every answer carries, errors included."""

from starlette.datastructures import MutableHeaders


def fixed_headers(origin: str) -> dict[str, str]:
    """Security headers for a site at ``origin``. What an endpoint sets itself stands."""
    # Safari before 15.4 does not take 'self' for websockets.
    scheme, _, host = origin.partition("://")
    live = f"{'wss' if scheme == 'https' else 'ws'}://{host}"
    headers = {
        "content-security-policy": (
            "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            f"connect-src 'self' {live}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Not "no-referrer": with it browsers send "Origin: null" with our own forms.
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    if scheme == "https":
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


def complete(headers: MutableHeaders, fixed: dict[str, str], *, reference: str, personal: bool) -> None:
    """Adds what is missing: the fixed headers, the reference number, and that pages are asked for anew.

    ``personal`` answers are kept by nobody, not even by the browser that shows them.
    """
    for name, value in fixed.items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", "no-store" if personal else "private, no-cache")
    headers["x-request-id"] = reference
