"""The page that is presented: told to those inside who may read the paper, in every process, and kept nowhere."""

from rooms.papers import ForWhom, may_read, names_of
from rooms.state import NOTHING, Room
from server.kernel.ids import PaperId, RoomId, room_topic
from server.protocol import meeting, papers, rooms
from server.realtime.bus import Bus, PageTurned
from server.realtime.frames import message_frame
from server.realtime.paper_shelf import PaperShelf
from server.realtime.presence import Presence
from server.realtime.room_access import Access, Seat
from server.store.connection import Pool


class Turning:
    """``shelf`` knows the rooms that are followed in this process from ``presence``."""

    def __init__(self, pool: Pool, access: Access, presence: Presence, bus: Bus) -> None:
        self._presence = presence
        self._bus = bus
        self.shelf = PaperShelf(pool, access, self._followed)

    async def for_whom(self, seat: Seat, command: rooms.ForRoom) -> ForWhom:
        """For whom the page is that the one in ``seat`` wants to show. Of a plan it is made sure that its papers are this room's
        and known to who plans.

        Raises: Refused ``not_found``.
        """
        match command:
            case papers.ShowPage(paper=paper):
                wanted = [PaperId(paper)]
            case meeting.AddItem(plan=plan) | meeting.EditItem(plan=plan):
                wanted = [PaperId(one) for one in plan.papers]
            case _:
                return ForWhom()
        if not wanted:
            return ForWhom()
        state = self._followed(seat.row.id) or NOTHING
        known = await self.shelf.check_known(seat, state, wanted)
        return known[wanted[0]].for_whom

    def show(self, seat: Seat, command: papers.ShowPage, for_whom: ForWhom) -> None:
        """Tell everybody here and elsewhere."""
        turned = PageTurned(seat.row.id, seat.who, PaperId(command.paper), command.page, for_whom.audience, for_whom.readers)
        self.heard(turned)
        self._bus.publish(turned)

    def heard(self, turned: PageTurned) -> None:
        """Tell those who follow the room in this process."""
        feed = self._presence.feeds.get(turned.room)
        if feed is None:
            return
        for_whom = ForWhom(turned.audience, turned.readers)
        frame = message_frame(papers.PageShown(room_topic(turned.room), turned.who, turned.paper, turned.page))
        for follower, viewer in feed.inside():
            if may_read(for_whom, viewer.role, names_of(feed.state, viewer.who)):
                follower.send(frame)

    def _followed(self, room: RoomId) -> Room | None:
        feed = self._presence.feeds.get(room)
        return None if feed is None else feed.state
