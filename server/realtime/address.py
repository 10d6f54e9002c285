"""From which network a request comes, when proxies stand in between."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def networks(names: Sequence[str]) -> tuple[Network, ...]:
    """``10.0.0.0/8`` or a single address, each as a network."""
    return tuple(ip_network(name) for name in names)


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> Address | None:
    """The nearest address that is no trusted proxy: ``X-Forwarded-For`` is read from its end and only as far as proxies vouch for it.

    Nothing when the connection has no network address, as over a Unix socket.
    """
    address = _parse(peer)
    hops = [hop for hop in forwarded_for.split(",") if hop.strip()]
    while address is not None and hops and any(address in network for network in trusted):
        before = _parse(hops.pop())
        if before is None:
            break
        address = before
    return address


def network_of(address: Address | None) -> bytes:
    """The first bits of an address, those of its IPv4 /24 or IPv6 /56: what one household or office may share."""
    if address is None:
        return b""
    return address.packed[: 3 if address.version == 4 else 7]


def _parse(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("[") and "]" in text:
        text = text[1 : text.index("]")]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
