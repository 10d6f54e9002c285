"""The addresses of one installation: the port that the web processes share, those of the media engine, and where media is sent."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import ifaddr
import msgspec

from server.settings import Settings, is_loopback

_TIMEOUT_S = 60.0


class AddressTaken(Exception):
    """The port cannot be listened on; the text says why and what to do."""


def free_port(settings: Settings) -> int:
    """The port to listen on, found free a moment ago: the one in the settings or, for 0, any.

    Raises: AddressTaken.
    """
    # Without SO_REUSEPORT: the web processes share the port with each other and must not share it with a stranger.
    return _free(
        settings.listen_host,
        settings.listen_port,
        socket.SOCK_STREAM,
        "Choose another port with --port N, or --port 0 for any that is free.",
    )


def with_media_address(settings: Settings) -> Settings:
    """The settings with the ports and addresses of the own media engine filled in.

    Raises: AddressTaken.
    """
    ports = "Give MEDIA_PORT another UDP port, or 0 for any that is free."
    signal = "Give MEDIA_SIGNAL_PORT another port, or 0 for any that is free."
    return msgspec.structs.replace(
        settings,
        media_port=_free(settings.media_host, settings.media_port, socket.SOCK_DGRAM, ports),
        media_signal_port=_free("127.0.0.1", settings.media_signal_port, socket.SOCK_STREAM, signal),
        media_addresses=settings.media_addresses or _reachable_addresses(settings),
    )


def _free(host: str, port: int, kind: socket.SocketKind, advice: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            what = "port" if kind is socket.SOCK_STREAM else "UDP port"
            raise AddressTaken(f"Cannot listen on {host}, {what} {port} ({error.strerror}). {advice}") from None
        found = probe.getsockname()[1]
        assert isinstance(found, int)
        return found


def _reachable_addresses(settings: Settings) -> tuple[str, ...]:
    """The addresses of this machine's interfaces and what ``PUBLIC_URL`` is known as, for a router in front may have that one.

    A site on loopback is reached there too, in case the machine has no other network.
    """
    wanted = 6 if ":" in settings.listen_host else 4
    loopback = (("::1" if wanted == 6 else "127.0.0.1"),) if is_loopback(settings.listen_host) else ()
    own = [ipaddress.ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0]) for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    with contextlib.suppress(OSError):  # a name that is not known (yet)
        host = urlsplit(settings.public_origin).hostname
        own += [ipaddress.ip_address(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)]
    usable = [str(one) for one in own if not one.is_loopback and not one.is_link_local and wanted in (one.version, 6)]
    return (*loopback, *dict.fromkeys(usable)) or (settings.media_host,)


def wait_until_ready(settings: Settings, still_starting: Callable[[], bool]) -> bool:
    """Waits until ``/healthz`` answers 200. False when ``still_starting`` says no, or after a minute."""
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline and still_starting():
        if _is_healthy(settings):
            return True
        time.sleep(0.03)
    return False


def _is_healthy(settings: Settings) -> bool:
    host = urlsplit(settings.own_origin).hostname or ""
    connection: http.client.HTTPConnection
    if settings.tls_cert is None:
        connection = http.client.HTTPConnection(host, settings.listen_port, timeout=5)
    else:
        # The certificate names the public address and this is loopback: what is asked is whether our own child lives.
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(host, settings.listen_port, timeout=5, context=context)
    try:
        connection.request("GET", "/healthz", headers={"Host": settings.public_origin.partition("://")[2]})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
