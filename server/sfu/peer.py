"""One peer connection of a participant: its transport, and its leg on the packet path."""

from collections.abc import Callable
from typing import Protocol

from server.sfu.house import House
from server.sfu.leg import Leg
from server.sfu.transport import Transport


class Owner(Protocol):
    """Who is told what becomes of a peer connection."""

    def on_closed(self, why: str) -> None: ...

    def on_data(self, label: str, message: bytes) -> None: ...


class Peer:
    """The listener of its own transport."""

    def __init__(self, house: House, owner: Owner, when_connected: Callable[[], None]) -> None:
        self._owner = owner
        self._when_connected = when_connected
        self.addresses = house.port.advertised
        """Where the client reaches us."""
        self.transport = Transport(house.port, house.certificates.current(), self)
        self.leg = Leg(house.forwarding, self.transport)
        self.on_rtp = self.leg.on_rtp
        self.on_rtcp = self.leg.on_rtcp
        self.on_address = self.leg.on_address
        self.on_data = owner.on_data

    def on_connected(self) -> None:
        self.leg.on_connected()
        self._when_connected()

    def on_closed(self, why: str) -> None:
        self.leg.close()
        self._owner.on_closed(why)

    def close(self) -> None:
        """Ends the peer connection; nobody is told."""
        self.leg.close()
        self.transport.close()
