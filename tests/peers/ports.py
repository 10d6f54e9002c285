"""Ports on which the peers of the tests listen, also again after they were killed."""

import random
import socket
from pathlib import Path

_LOWEST = 10_000
_taken: set[int] = set()


def free_port() -> int:
    """A loopback TCP port that nobody listens on at this moment."""
    return _free(socket.SOCK_STREAM)


def free_udp_port() -> int:
    """A loopback UDP port that nobody uses at this moment."""
    return _free(socket.SOCK_DGRAM)


def listening() -> socket.socket:
    """A loopback TCP socket that is listened on: who comes before its server is up waits in its queue.

    It says that its protocol is TCP, as ``socket.create_server`` does not: only then does asyncio send the pieces of an answer at once.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def _free(kind: socket.SocketKind) -> int:
    # Below the range from which the kernel gives ports to connections: there, one that is opened while a killed
    # server is away would keep the server from coming back.
    highest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])
    while True:
        port = random.randrange(_LOWEST, highest)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _taken:
            _taken.add(port)
            return port
