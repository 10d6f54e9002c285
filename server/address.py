"""The address that the web processes share: is it free, and does somebody answer there?"""

import http.client
import socket
import ssl
import time
from collections.abc import Callable

from server.settings import Settings

_TIMEOUT_S = 60.0


class AddressTaken(Exception):
    """The port cannot be listened on; the text says why and what to do."""


def free_port(settings: Settings) -> int:
    """The port to listen on, found free a moment ago: the one in the settings or, for 0, any.

    Raises: AddressTaken.
    """
    host, port = settings.listen_host, settings.listen_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Without SO_REUSEPORT: the web processes share the port with each other and must not share it with a stranger.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressTaken(
                f"Cannot listen on {host}, port {port} ({error.strerror}). "
                "Choose another port with --port N, or --port 0 for any that is free."
            ) from None
        found = probe.getsockname()[1]
        assert isinstance(found, int)
        return found


def wait_until_ready(settings: Settings, still_starting: Callable[[], bool]) -> bool:
    """Waits until ``/healthz`` answers 200. False when ``still_starting`` says no, or after a minute."""
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline and still_starting():
        if _is_healthy(settings):
            return True
        time.sleep(0.03)
    return False


def _is_healthy(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.listen_host, settings.listen_host)
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
