"""The last packets of one layer, kept once for all its viewers, before encryption."""


class History:
    """A ring of the last ``size`` packets (a power of two, at most 32768) by extended sequence number."""

    __slots__ = ("_mask", "_numbers", "_packets")

    def __init__(self, size: int = 1024) -> None:
        if size & (size - 1) or not 0 < size <= 1 << 15:
            raise ValueError("the size of a history is a power of two up to 32768")
        self._mask = size - 1
        self._numbers = [-1] * size
        self._packets: list[bytes | None] = [None] * size

    def keep(self, sequence: int, packet: bytes) -> None:
        """Keeps ``packet`` under its extended ``sequence`` until ``size`` numbers later; one that comes later than that is not kept."""
        at = sequence & self._mask
        if sequence >= self._numbers[at]:
            self._numbers[at] = sequence
            self._packets[at] = packet

    def find(self, sequence: int) -> bytes | None:
        """The packet with this extended number, or ``None`` if it never came or is gone."""
        at = sequence & self._mask
        return self._packets[at] if self._numbers[at] == sequence else None

    def clear(self) -> None:
        """Forgets every packet."""
        self._numbers = [-1] * (self._mask + 1)
        self._packets = [None] * (self._mask + 1)
