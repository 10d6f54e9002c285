"""The media servers that stories run on: ours, LiveKit's own where it can be had, and ours behind two web processes."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers import livekit_server
from tests.peers.engine import KEY, SECRET, Engine, running_media_server, wait_until_it_answers
from tests.peers.ports import free_port, free_udp_port
from tests.peers.product import Product
from tests.peers.redis import running_redis

OURS, LIVEKIT, PRODUCT = "ours", "livekit", "product"


def engines() -> list[str]:
    """Their names. LiveKit's server is made once where Go is; where neither is, only ours is left, and the run says so."""
    return [OURS, LIVEKIT] if livekit_server.install() else [OURS]


def own_address() -> str:
    """This machine's address towards the world, or loopback where it has none. Firefox sends no media to loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return str(probe.getsockname()[0])
    return "127.0.0.1"


class ProductEngine:
    """Our media server within the whole product: clients reach it through two web processes that share a port over Redis.

    The site knows itself by the port of the door in front of it, and hears browsers from no other origin.
    """

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.port, self.door_port, self._signal_port = free_port(), free_port(), free_port()
        environ = {
            "PUBLIC_URL": f"http://127.0.0.1:{self.door_port}",
            "REDIS_URL": redis_url,
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
            "MEDIA_SIGNAL_PORT": str(self._signal_port),
            "MEDIA_PORT": str(free_udp_port()),
        }
        self.product = Product(folder / "data", "--workers", "2", environ=environ, port=self.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        return f"http://127.0.0.1:{self._signal_port}"

    def start(self) -> None:
        self.product.start()
        # The web processes do not wait for it.
        wait_until_it_answers(self.service_url, lambda: bool(self.product.children()), lambda: "\n".join(self.product.lines))

    def kill(self) -> None:
        self.product.kill()


@contextmanager
def running_engine(name: str, folder: Path, *, address: str = "127.0.0.1") -> Iterator[Engine]:
    """The server of that name: signalling on loopback, media at ``address`` and, where it is ours, at all of this machine's."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == OURS:
        with running_media_server(folder / "output") as own:
            yield own
    elif name == PRODUCT:
        with running_redis(folder / "redis") as redis:
            behind = ProductEngine(folder, redis.url)
            behind.start()
            yield behind
            behind.product.stop()
    else:
        program = livekit_server.find()
        assert program is not None
        with livekit_server.running_livekit(program, folder, address=address) as server:
            yield server
