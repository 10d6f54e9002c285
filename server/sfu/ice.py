"""The server's half of ICE: an agent without candidates of its own to try, which answers and never asks (ICE-lite, RFC 8445).

A peer is where its last authenticated check says it is, and nowhere else. That is what keeps a call alive when a phone changes its
network, and what keeps a stranger from taking it over.
"""

import secrets
import string
from typing import Any, NamedTuple

from server.sfu import stun
from server.sfu.stun import Check

Address = tuple[Any, ...]
"""As the socket gives it: host and port first."""

PATHS = 8
"""Addresses of one peer that are believed at a time."""
REMEMBERED = 256
"""Transaction numbers kept per transport, against checks sent again by somebody else: ten minutes of a browser's."""
QUIET_US = 5_000_000
"""An address without a check for so long may be left, or taken by another transport. Browsers check every 2.5 s."""
SILENCE_US = 30_000_000
"""Without any check for so long, consent to send has ended (RFC 7675)."""
ANSWERS_PER_S = 50
"""To one source."""
ANSWERS_PER_S_OF_TRANSPORT = 250
"""A browser with many network interfaces has many sources."""

_LETTERS = string.ascii_letters + string.digits


class Credentials(NamedTuple):
    """What the other side must know for its checks (RFC 8445 section 5.3): 47 and 142 bits of chance."""

    ufrag: str
    password: str


def fresh_credentials() -> Credentials:
    """Credentials that nobody can guess."""
    return Credentials("".join(secrets.choice(_LETTERS) for _ in range(8)), "".join(secrets.choice(_LETTERS) for _ in range(24)))


def answer(check: Check, address: Address, password: str) -> bytes:
    """The signed answer to an authenticated check from ``address``."""
    host = str(address[0])
    # A socket that serves both families shows IPv4 peers by mapped addresses, which they themselves have never seen; and the name of
    # an interface behind an address is known here alone.
    host = host.removeprefix("::ffff:") if "." in host else host.partition("%")[0]
    return stun.answer(check, host, address[1], password)


class Agent:
    """The credentials and the addresses of one peer. Times are microseconds of a monotonic clock."""

    def __init__(self, now_us: int) -> None:
        self.credentials = fresh_credentials()
        self.address: Address | None = None
        """Where the peer wants to be sent to; None before its first check."""
        self.paths: dict[Address, int] = {}
        """Every address believed, with the time of its last check."""
        self.heard_us = now_us
        self._old: Credentials | None = None
        self._answered: dict[bytes, Address] = {}

    @property
    def ufrags(self) -> list[str]:
        """The user name fragments under which checks are taken now."""
        return [known.ufrag for known in (self.credentials, self._old) if known is not None]

    def restart(self) -> str | None:
        """New credentials; the old ones stay good until the first check with the new. Returns the fragment that ends now, if any."""
        ended = self._old.ufrag if self._old is not None else None
        self._old, self.credentials = self.credentials, fresh_credentials()
        return ended

    def password(self, check: Check) -> str | None:
        """The password that signs this check; None when the check is forged."""
        for known in (self.credentials, self._old):
            if known is not None and known.ufrag == check.ufrag:
                return known.password if check.is_signed_with(known.password) else None
        return None

    def is_replayed(self, check: Check, address: Address) -> bool:
        """Whether this very check came before, from another address: its signature does not cover where it comes from."""
        return self._answered.get(check.transaction, address) != address

    def believe(self, check: Check, address: Address, now_us: int) -> tuple[bool, list[Address], str | None]:
        """Takes an authenticated check.

        Returns whether ``address`` changed, the addresses no longer believed, and the fragment that has ended with it.
        A nominated check moves the peer at once, whatever its priority: the clients we serve nominate only the pair they have chosen.
        An address taken over by an old recording is thus left again with the next true check.
        """
        self.heard_us = now_us
        # Every datagram brings its address as a new object: hundreds of equal ones are not kept.
        address = next((path for path in self.paths if path == address), address)
        self._answered[check.transaction] = address
        if len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]
        self.paths.pop(address, None)
        self.paths[address] = now_us
        moved = address != self.address and (check.nominated or self.address is None or now_us - self.paths.get(self.address, 0) > QUIET_US)
        if moved:
            self.address = address
        forgotten = []
        while len(self.paths) > PATHS:
            oldest = next(path for path in self.paths if path != self.address)
            del self.paths[oldest]
            forgotten.append(oldest)
        ended = None
        if self._old is not None and check.ufrag == self.credentials.ufrag:
            ended, self._old = self._old.ufrag, None
        return moved, forgotten, ended

    def lose(self, address: Address) -> None:
        """``address`` belongs to somebody else now; the next check says where the peer is."""
        self.paths.pop(address, None)


class Answers:
    """How many answers went to whom in this second."""

    __slots__ = ("_given", "_second")
    _MOST = 20_000
    """Sources remembered within a second; more are refused."""

    def __init__(self) -> None:
        self._second = 0
        self._given: dict[object, int] = {}

    def are_spent(self, source: Address, now_us: int) -> bool:
        """Whether a source has had all its answers of this second."""
        second = now_us // 1_000_000
        if second != self._second:
            self._second = second
            self._given.clear()
        return self._given.get(source, 0) >= ANSWERS_PER_S

    def take(self, source: Address, ufrag: str) -> bool:
        """Takes one answer for a source and a transport, if both have one left; after ``are_spent``."""
        given = self._given
        to_source, to_transport = given.get(source, 0), given.get(ufrag, 0)
        if to_source >= ANSWERS_PER_S or to_transport >= ANSWERS_PER_S_OF_TRANSPORT or len(given) >= self._MOST:
            return False
        given[source], given[ufrag] = to_source + 1, to_transport + 1
        return True
