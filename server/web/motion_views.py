"""What the templates of votes show, as plain data, and the names of what one can vote for and by."""

import secrets
from collections.abc import Callable, Mapping

import msgspec

from rooms.motions import HALF, Ballot, Share
from rooms.seen_motions import SeenMotion
from server.kernel.ids import Who

SHARES: Mapping[str, Share] = {"half": HALF, "two_thirds": Share(2, 3), "three_quarters": Share(3, 4)}
"""The thresholds and quorums that a form offers."""


class VoteForm(msgspec.Struct, frozen=True):
    """The form for one vote: whose it is, whether the viewer's own, what was recorded, and whether anything was. ``tracker`` is the mark of
    a secret paper, made for this page and kept nowhere."""

    member: Who
    name: str
    own: bool
    cast: Ballot | None
    given: bool
    tracker: str
    command: str


def fresh_tracker() -> str:
    """A new mark of a secret paper: 128 random bits in hex."""
    return secrets.token_hex(16)


def share_of(name: str) -> Share | None:
    """The threshold of that name; nothing for none."""
    return SHARES.get(name)


def choice_names(seen: SeenMotion, say: Callable[..., str]) -> list[tuple[str, str]]:
    """What one can vote for: (value in a form, name)."""
    names = seen.options or (say("Đồng ý"), say("Không đồng ý"))
    return [*((str(at), name) for at, name in enumerate(names)), ("none", say("Không biểu quyết"))]
