"""The back end ``portable``: one ``sendto`` for each copy, on any system that has Python and libsrtp."""

import socket

from server.sfu.fanout.interpreted import SLOT, Interpreted, Outlet


class Sender(Interpreted):
    """``sendto`` on one socket."""

    name = "portable"

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._socket = socket.socket(fileno=socket.dup(descriptor))
        self._socket.setblocking(False)

    def destinations(self, outlets: list[Outlet]) -> list[Outlet]:
        return outlets

    def transmit(self, destinations: list[Outlet], count: int) -> None:
        for index in range(count):
            self.transmit_one(destinations, index)

    def transmit_one(self, destinations: list[Outlet], index: int) -> None:
        at = SLOT * index
        self.calls += 1
        try:
            self._socket.sendto(self.memory[at : at + self.lengths[index][0]], destinations[index].address)
            self.sent += 1
        except OSError:
            self.refused += 1

    def close(self) -> None:
        self._socket.close()
