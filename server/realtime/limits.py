"""How much one live connection, and all of them, may ask of the server."""

import msgspec

MOST_TOPICS = 20
"""Topics followed over one connection, and so on one page."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of ``/live``. What ends in ``_s`` is in seconds. Connections are counted per process."""

    message_bytes: int = 16 << 10
    """A longer message is refused as ``too_large``."""
    message_bytes_hard: int = 64 << 10
    """A longer message closes the connection, before it is read."""
    fragments: int = 64
    """Fragments of one message."""
    messages_per_s: float = 10.0
    burst: int = 30
    """Messages at once. Who goes on after as many refusals is closed."""
    commands_in_flight: int = 64
    """Commands of one connection that are not answered yet."""
    topics: int = MOST_TOPICS
    connections: int = 20_000
    connections_per_session: int = 3
    newcomers_per_minute: int = 200
    """New anonymous connections a minute from one IPv4 /24 or IPv6 /56. Those already connected do not count."""
    request_bytes: int = 16 << 10
    """The whole head of the request that opens a connection."""
    request_headers: int = 100
    request_s: float = 10.0
    """Time for the head of any request to arrive, over http too."""
    hello_s: float = 5.0
    ping_s: float = 20.0
    room_ping_s: float = 6.0
    """For those in a room: the others see within twice this time that the way to somebody is lost."""
    session_check_s: float = 50.0
    """Kept under a minute, so that a session that ended elsewhere is cut within a minute even when no news of it arrives."""
    behind_bytes: int = 256 << 10
    """Bytes that wait for a reader who does not read. One more event, and it is cut."""
    behind_s: float = 10.0
    socket_buffer_bytes: int = 32 << 10
    """The kernel's send buffer. Its default of megabytes would hide a reader who does not read."""
    write_high_bytes: int = 4 << 10
    """More than this unsent in the process, and the reader gets no tallies until it has caught up."""
    linger_s: float = 2.0
    """Time for the last frames and the close frame to leave."""
    relayed: int = 4_000
    """Connections relayed to the media engine."""
    relayed_per_address: int = 300
    """Of those, from one network address: a whole office may share it."""
    relayed_request_bytes: int = 48 << 10
    """The head of a request to be relayed. A client's whole offer stands in its target, up to 32 KiB."""
    relay_dial_s: float = 5.0


class Newcomers:
    """Counts new connections by network within the running minute."""

    __slots__ = ("_counts", "_since_s")

    def __init__(self) -> None:
        self._since_s = float("-inf")
        self._counts: dict[bytes, int] = {}

    def arrive(self, network: bytes, now_s: float, most: int) -> bool:
        """Count one more; false when the network has used up its minute. A minute begins with the first arrival after the last."""
        if now_s - self._since_s >= 60:
            self._since_s = now_s
            self._counts = {}
        count = self._counts.get(network, 0)
        if count >= most:
            return False
        self._counts[network] = count + 1
        return True

    def recognise(self, network: bytes) -> None:
        """One of those counted has signed in, and is no newcomer."""
        count = self._counts.get(network, 0)
        if count > 0:
            self._counts[network] = count - 1
