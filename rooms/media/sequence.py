"""Serial numbers that wrap around: the sequence numbers, timestamps and picture ids of RTP."""


def difference(a: int, b: int, bits: int = 16) -> int:
    """How far ``a`` is ahead of ``b`` on a circle of ``2**bits`` numbers, from ``-2**(bits-1)`` up (RFC 1982)."""
    half = 1 << (bits - 1)
    return ((a - b + half) & ((1 << bits) - 1)) - half


class Unwrapped:
    """Wrapping numbers made into integers that only grow with the newest of them: each is taken as the nearest to the newest seen."""

    __slots__ = ("_bits", "newest")

    def __init__(self, bits: int = 16) -> None:
        self._bits = bits
        self.newest: int | None = None
        """The greatest extended number seen; ``None`` before the first."""

    def near(self, value: int) -> int:
        """The extended number that ``value`` stands for, without taking it as seen. Negative when it is older than the very first."""
        if self.newest is None:
            return value
        return self.newest + difference(value, self.newest, self._bits)

    def extend(self, value: int) -> int:
        """The extended number that ``value`` stands for; a greater one than all before is the newest from now on."""
        extended = self.near(value)
        if self.newest is None or extended > self.newest:
            self.newest = extended
        return extended
