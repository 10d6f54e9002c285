"""What the templates of votes show, as plain data, and the names of what one can vote for and by."""

import secrets
from collections.abc import Callable

import msgspec

from rooms.motions import Ballot, Share
from rooms.seen_motions import SeenMotion
from server.kernel.ids import PaperId, Who


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


class MotionPaper(msgspec.Struct, frozen=True):
    """A paper of a motion: where it is read, and where the version that was put to the motion is."""

    id: PaperId
    title: str
    url: str
    file_url: str


def fresh_tracker() -> str:
    """A new mark of a secret paper: 128 random bits in hex."""
    return secrets.token_hex(16)


def share_name(share: Share, say: Callable[..., str]) -> str:
    """A threshold or quorum in words."""
    if share.more:
        return say("hơn %(part)s/%(of)s", part=share.part, of=share.of)
    return say("ít nhất %(part)s/%(of)s", part=share.part, of=share.of)


def choice_names(seen: SeenMotion, say: Callable[..., str]) -> list[tuple[str, str]]:
    """What one can vote for: (value in a form, name)."""
    names = seen.options or (say("Đồng ý"), say("Không đồng ý"))
    return [*((str(at), name) for at, name in enumerate(names)), ("none", say("Không biểu quyết"))]
