"""News from one web process to the others. It may be lost at any moment: what it tells is only that there is something to read.

Rooms also send their commands to the one process that writes them; what is lost is asked again, under the same id.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from rooms.papers import Audience
from server.kernel.ids import GuestId, MotionId, PaperId, QuestionId, RoomId, SessionId, Topic, Who
from server.locale import Language


class EventsStored(msgspec.Struct, frozen=True, tag="events", array_like=True):
    """A topic has new events."""

    topic: Topic


class VotesStored(msgspec.Struct, frozen=True, tag="votes", array_like=True):
    """The totals of these questions changed, or of all."""

    topic: Topic
    questions: list[QuestionId] | None


class SessionEnded(msgspec.Struct, frozen=True, tag="session", array_like=True):
    """A session stands no more."""

    session: SessionId


class GuestEnded(msgspec.Struct, frozen=True, tag="guest", array_like=True):
    """A guest is one no more: another phone stands for their delegate, or none."""

    guest: GuestId


class Present(msgspec.Struct, frozen=True, tag="present", array_like=True):
    """Whose tabs follow a room in one process, all of them."""

    process: str
    room: RoomId
    tabs: tuple[tuple[Who, str], ...]


class Asking(msgspec.Struct, frozen=True, tag="ask", array_like=True):
    """A command for the process ``to``, which writes the room: who asks, from which tab, and until when an answer is waited for
    (seconds since 1970). It carries no rights: they are asked of the database where the command is carried out."""

    to: str
    sender: str
    request: str
    tab: str
    session: SessionId | None
    guest: GuestId | None
    lang: Language
    command: bytes
    until: float


class Answering(msgspec.Struct, frozen=True, tag="answer", array_like=True):
    """The answer to ``Asking``, for the process ``to``; with a ``code`` it is a refusal."""

    to: str
    request: str
    code: str
    body: bytes


class Reacted(msgspec.Struct, frozen=True, tag="reacted", array_like=True):
    """Somebody inside shows a sign that is not kept."""

    room: RoomId
    who: Who
    reaction: str


class PageTurned(msgspec.Struct, frozen=True, tag="page", array_like=True):
    """Somebody presents a page of a paper, to those for whom it is (``rooms.papers.ForWhom``)."""

    room: RoomId
    who: Who
    paper: PaperId
    page: int
    audience: Audience
    readers: tuple[Who, ...] | None


class MediaTouched(msgspec.Struct, frozen=True, tag="media", array_like=True):
    """Somebody came into the media of a room."""

    room: RoomId


class ConclusionsTouched(msgspec.Struct, frozen=True, tag="conclusions", array_like=True):
    """A conclusion was written in a room, or struck out."""

    room: RoomId


class MotionTouched(msgspec.Struct, frozen=True, tag="motion", array_like=True):
    """Something happened to a motion; or only the votes of these members were given."""

    room: RoomId
    motion: MotionId
    voted: list[Who] | None = None
    secretly: bool = False


class HandsShown(msgspec.Struct, frozen=True, tag="hands", array_like=True):
    """A quick show of hands: it is asked for (no ``who``), is over (nor a ``text``), or somebody shows a hand."""

    room: RoomId
    who: Who | None = None
    choice: int | None = None
    text: str = ""


OfVotes = MotionTouched | HandsShown
OfRooms = Present | Asking | Answering | Reacted | PageTurned | MediaTouched | ConclusionsTouched | OfVotes
News = EventsStored | VotesStored | SessionEnded | GuestEnded | OfRooms


class Bus(Protocol):
    """Carries news to the other processes, never back to the one that publishes."""

    @property
    def lossy(self) -> bool:
        """Whether there are other processes whose news may be lost, so that the database must be asked from time to time."""

    @property
    def connected(self) -> bool:
        """Whether news flows at this moment."""

    async def start(self, heard: Callable[[News], None], restored: Callable[[], None]) -> None:
        """From now on call ``heard`` for each piece of news, and ``restored`` whenever some may have been lost."""

    def publish(self, news: News) -> None:
        """Tell the others, soon. Never waits and never fails."""

    async def stop(self) -> None:
        """End."""


class LocalBus:
    """For one process alone: there is nobody else to tell."""

    lossy = False
    connected = True

    async def start(self, heard: Callable[[News], None], restored: Callable[[], None]) -> None:
        """Nothing will be heard."""

    def publish(self, news: News) -> None:
        """Nobody listens."""

    async def stop(self) -> None:
        """Nothing runs."""
