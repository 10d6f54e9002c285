"""The media servers that every story runs on: ours and, where it can be had, LiveKit's own."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers import livekit_server
from tests.peers.engine import Engine, running_media_server

OURS, LIVEKIT = "ours", "livekit"


def engines() -> list[str]:
    """Their names. LiveKit's server is made once where Go is; where neither is, only ours is left, and the run says so."""
    return [OURS, LIVEKIT] if livekit_server.install() else [OURS]


def own_address() -> str:
    """This machine's address towards the world, or loopback where it has none. Firefox sends no media to loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return str(probe.getsockname()[0])
    return "127.0.0.1"


@contextmanager
def running_engine(name: str, folder: Path, *, address: str = "127.0.0.1") -> Iterator[Engine]:
    """The server of that name: signalling on loopback, media at ``address`` and, where it is ours, at all of this machine's."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == OURS:
        with running_media_server(folder / "output") as own:
            yield own
    else:
        program = livekit_server.find()
        assert program is not None
        with livekit_server.running_livekit(program, folder, address=address) as server:
            yield server
