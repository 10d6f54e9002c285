"""A socket address as the system's calls take it: ``struct sockaddr_in`` or ``sockaddr_in6``."""

import socket
import struct

from server.sfu.fanout.contract import Address

LONGEST = 28


def packed(address: Address) -> bytes:
    """16 bytes for IPv4, 28 for IPv6. Raises: OSError when the host is no numeric address."""
    if ":" not in address[0]:
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H", address[1]) + socket.inet_aton(address[0]) + bytes(8)
    flow, scope = address[2:] if len(address) == 4 else (0, 0)
    head = struct.pack("=H", socket.AF_INET6) + struct.pack("!HL", address[1], flow)
    return head + socket.inet_pton(socket.AF_INET6, address[0].partition("%")[0]) + struct.pack("=L", scope)
