"""What one is in a room before it is asked what happens in it: by its invitation list, else by one's roles on the site."""

from typing import Literal

from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId

RoomRole = Literal["host", "member", "guest"]


def role_in_room(viewer: Viewer, agency: AgencyId, listed: str | None) -> RoomRole | None:
    """The viewer's role in a room of ``agency``; ``listed`` is that on its invitation list. None: to them there is no such room.

    Officials of the agency are members; those of another may knock, as guests do. Being a guest of this very room is not looked at.
    """
    match listed:
        case "host" | "member":
            return listed
        case _ if may(viewer, Action.ENTER_ROOM, agency=agency):
            return "member"
        case "guest":
            return "guest"
        case _:
            return "guest" if may(viewer, Action.KNOCK_AT_ROOM) else None
