"""The media servers that every story runs on: ours and, where it can be had, LiveKit's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers import livekit_server
from tests.peers.engine import Engine, running_media_server

OURS, LIVEKIT = "ours", "livekit"


def engines() -> list[str]:
    """Their names. LiveKit's server is made once where Go is; where neither is, only ours is left, and the run says so."""
    return [OURS, LIVEKIT] if livekit_server.install() else [OURS]


@contextmanager
def running_engine(name: str, folder: Path, *, address: str = "127.0.0.1") -> Iterator[Engine]:
    """The server of that name on this machine's loopback; ``address`` is where it tells clients to send media.

    At an address that is not loopback it takes media from everywhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if name == LIVEKIT:
        program = livekit_server.find()
        assert program is not None
        with livekit_server.running_livekit(program, folder, address=address) as server:
            yield server
        return
    settings = {"MEDIA_ADDRESSES": address}
    if not address.startswith("127."):
        settings |= {"LISTEN_HOST": "0.0.0.0", "TRUSTED_PROXIES": "127.0.0.1", "PUBLIC_URL": "https://rooms.example"}
    with running_media_server(folder / "output", web_port=1, **settings) as own:
        yield own
