"""Which back end runs: the one asked for, else the one that costs least of those that run here."""

from collections.abc import Callable

from server.sfu.fanout import abi, compiled, portable
from server.sfu.fanout.contract import NotThere, Sender

BACK_ENDS: dict[str, Callable[[int], Sender]] = {"compiled": compiled.Sender, "cffi": abi.Sender, "portable": portable.Sender}
"""From the one that costs least to the one that runs everywhere."""


def open_sender(descriptor: int, name: str = "") -> Sender:
    """A sender on a UDP socket: the back end called ``name``, else the first of ``BACK_ENDS`` that runs here.

    Raises: NotThere when the one asked for does not run here; another never takes its place in silence.
    """
    if name:
        if name not in BACK_ENDS:
            raise NotThere(f"No fan-out is called {name!r}; there are: {', '.join(BACK_ENDS)}.")
        return BACK_ENDS[name](descriptor)
    for candidate in (compiled.Sender, abi.Sender):
        try:
            return candidate(descriptor)
        except NotThere:
            continue
    return portable.Sender(descriptor)
