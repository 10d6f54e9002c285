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
