"""The upgrade request: who may open a live connection, decided before any state is made.

``websockets`` reads and answers the handshake (RFC 6455 section 4.2); what is asked beyond it stands here.
"""

import logging
from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from websockets.datastructures import Headers
from websockets.exceptions import SecurityError
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Origin

from server.realtime.address import Network, client_address, network_of

PATH = "/live"

_quiet = logging.getLogger(f"{__name__}.websockets")
_quiet.setLevel(logging.CRITICAL)


class Rules(msgspec.Struct, frozen=True):
    """From where connections are taken. Origins and hosts are compared exactly; ``hosts`` are values of the header ``Host``."""

    origins: frozenset[str]
    hosts: frozenset[str]
    trusted_proxies: tuple[Network, ...] = ()
    request_bytes: int = 16 << 10
    request_headers: int = 100


class Admitted(msgspec.Struct, frozen=True):
    """``response`` goes out and the connection is open. ``network`` is where it comes from, as far as it is counted."""

    response: bytes
    network: bytes
    cookies: str


class Rejected(msgspec.Struct, frozen=True):
    """``response`` goes out and the connection closes. ``reason`` is for the log."""

    response: bytes
    status: int
    reason: str


def shake_hands(head: bytes, peer: str, rules: Rules) -> Admitted | Rejected:
    """Answer the complete head of an upgrade request that came from ``peer``, an IP address."""
    if len(head) > rules.request_bytes or head.count(b"\r\n") - 2 > rules.request_headers:
        return rejection(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large")
    protocol = ServerProtocol(origins=[Origin(origin) for origin in rules.origins], logger=_quiet)
    protocol.receive_data(head)
    requests = protocol.events_received()
    if len(requests) != 1 or not isinstance(requests[0], Request):
        large = isinstance(protocol.handshake_exc, SecurityError)
        return rejection(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if large else HTTPStatus.BAD_REQUEST, "bad_request")
    request = requests[0]
    if request.path != PATH:
        return rejection(HTTPStatus.NOT_FOUND, "unknown_path")
    if request.headers.get_all("Host") not in [[host] for host in rules.hosts]:
        return rejection(HTTPStatus.BAD_REQUEST, "wrong_host")
    if request.headers.get_all("Sec-WebSocket-Version") != ["13"]:
        return rejection(HTTPStatus.UPGRADE_REQUIRED, "old_version", [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")])
    response = protocol.accept(request)
    if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        wrong_origin = response.status_code == HTTPStatus.FORBIDDEN
        return rejection(HTTPStatus(response.status_code), "wrong_origin" if wrong_origin else "bad_handshake")
    return Admitted(
        response.serialize(),
        network_of(client_address(peer, ",".join(request.headers.get_all("X-Forwarded-For")), rules.trusted_proxies)),
        "; ".join(request.headers.get_all("Cookie")),
    )


def rejection(status: HTTPStatus, reason: str, headers: Sequence[tuple[str, str]] = ()) -> Rejected:
    """A refusal before the upgrade, as a plain HTTP response."""
    body = f"{reason}\n".encode()
    fields = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *headers,
    ]
    return Rejected(Response(status.value, status.phrase, Headers(fields), body).serialize(), status.value, reason)
