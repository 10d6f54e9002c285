"""What the templates in ``room/`` show, as plain data. Texts are untrusted and escaped by the templates; times are aware."""

from datetime import datetime

import msgspec

from server.identity.rooms import RoomRole


class RoomItem(msgspec.Struct, frozen=True):
    """One line of the list of rooms. Without times it is a room that is always there."""

    slug: str
    title: str
    agency: str
    starts_at: datetime | None
    ends_at: datetime | None
    running: bool
    role: RoomRole
    may_edit: bool
    reads_record: bool
    runs_hall: bool
    sees_board: bool

    @property
    def url(self) -> str:
        return f"/phong-hop/{self.slug}"


class RoomHere(msgspec.Struct, frozen=True):
    """What ``room/room.html`` prints for its script; the template says what each means."""

    id: int
    title: str
    agency: str
    muted: bool
    home: str
    edit: str
    trial: str
    record: str
    halls: str
    board: str


class RoomForm(msgspec.Struct, frozen=True):
    """A room as its editor typed it. ``when`` is ``always`` or ``at``; days and times are those of Viet Nam; ``hosts`` and
    ``members`` hold an e-mail address a line; ``private`` is one of ``rooms.state.Among``."""

    title: str = ""
    agency: str = ""
    when: str = "at"
    starts_day: str = ""
    starts_time: str = ""
    ends_day: str = ""
    ends_time: str = ""
    lobby: bool = True
    join_muted: bool = True
    hosts: str = ""
    members: str = ""
    private: str = "all"
    private_kept: bool = False
