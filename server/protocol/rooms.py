"""The messages of meeting rooms, as part of ``live.py``: what is asked by and told to those who follow ``room/4``."""

from typing import Literal

import msgspec

from server.protocol.conclusions import ConclusionsShown
from server.protocol.groups import Address, ForGroups, Groups, Post, To
from server.protocol.meeting import ForMeeting, Hand, Item, Procedure, Seat, Spoken
from server.protocol.papers import PageShown, ShowPage
from server.protocol.shape import CommandUuid, Id, Message, Moment, Who
from server.protocol.sites import ForSites

MediaSource = Literal["microphone", "camera", "screen_share"]
Reaction = Literal["applause", "agree", "heart", "laugh", "surprise", "thanks"]
Right = Literal["keep_door", "lead", "prepare", "take_chair", "end"]


# --- from the client ---------------------------------------------------------------------------------------------------


class Enter(Message, frozen=True, tag="enter"):
    """Enter a room that one follows with a ``tab``, or knock where there is a lobby; answered by ``done`` with the ``state``
    ``inside`` or ``waiting``. Whoever is inside by another tab takes the place over. ``name`` is for who has no name on the site."""

    id: CommandUuid
    room: Id
    name: str = ""


class Leave(Message, frozen=True, tag="leave"):
    """Go out of the room, or stop waiting."""

    id: CommandUuid
    room: Id


class Admit(Message, frozen=True, tag="admit"):
    """A host lets in one who waits, or all when ``who`` is null."""

    id: CommandUuid
    room: Id
    who: Who | None


class TurnAway(Message, frozen=True, tag="turnAway"):
    """A host does not let in one who waits."""

    id: CommandUuid
    room: Id
    who: Who


class SetLobby(Message, frozen=True, tag="setLobby"):
    """A host says whether guests must wait to be let in, in this meeting."""

    id: CommandUuid
    room: Id
    on: bool


class Say(Message, frozen=True, tag="say"):
    """Write a line in the chat: to all, or to whom ``to`` says; ``who`` is the person to whom it is private. Who reads it is settled then:
    nobody else ever gets it."""

    id: CommandUuid
    room: Id
    text: str
    to: To | None = None
    who: Who | None = None


class React(Message, frozen=True, tag="react"):
    """Show a sign that is not kept."""

    id: CommandUuid
    room: Id
    reaction: Reaction


class Mute(Message, frozen=True, tag="mute"):
    """A host turns off one source of a member's, who may turn it on again."""

    id: CommandUuid
    room: Id
    who: Who
    source: MediaSource


class Remove(Message, frozen=True, tag="remove"):
    """A host removes a member from the meeting."""

    id: CommandUuid
    room: Id
    who: Who


class EndMeeting(Message, frozen=True, tag="endMeeting"):
    """A host ends the meeting for all."""

    id: CommandUuid
    room: Id


class AskMedia(Message, frozen=True, tag="askMedia"):
    """Ask for a pass to the media engine; answered by ``mediaPass``. A new one is needed for every new connection to it."""

    id: CommandUuid
    room: Id


class ReadChat(Message, frozen=True, tag="readChat"):
    """Ask for the lines of the chat before line ``before``; answered by ``chatPage``."""

    id: CommandUuid
    room: Id
    before: Id


ByHost = Admit | TurnAway | SetLobby | Mute | Remove | EndMeeting
ForRoom = Enter | Leave | Say | React | ShowPage | AskMedia | ReadChat | ByHost | ForMeeting | ForGroups | ForSites


# --- from the server ---------------------------------------------------------------------------------------------------


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody inside. ``who`` is also the identity towards the media engine (``p12`` a person, ``g7`` a guest). ``connected`` is
    false while the way to this site is lost: a minute later the member has left. ``hand`` is null or the number of the first raised
    hand. ``attended`` has pressed *present*; ``acts_for`` is whose substitute acts; ``heard`` says whether the microphone is forwarded,
    ``asks`` whether one may ask for the word; ``hall`` is the participant in whose hall one sits, with a phone and no media;
    ``post`` is what one is to who writes privately."""

    who: str
    name: str
    role: Literal["host", "member", "guest"]
    connected: bool
    hand: int | None
    attended: bool = False
    acts_for: str | None = None
    heard: bool = True
    asks: bool = True
    hall: str | None = None
    post: Post = "ordinary"


class Waiting(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody who knocked (UTC, ISO 8601) and waits."""

    who: str
    name: str
    since: str
    connected: bool


class Me(msgspec.Struct, frozen=True, rename="camel"):
    """The reader in the room. ``elsewhere``: inside by another tab, ``enter`` brings the place here. ``turned_away`` and ``removed``
    may knock again; ``lobby`` says whether ``enter`` would mean to wait now. ``name`` is empty when it must be asked for. ``may`` is what
    one may do inside besides what all may: keep the door, lead the meeting (``ByLeader``), prepare its agenda, take the chair, end it.
    ``group`` is that in which one is now, 0 the room; ``cell`` changes whenever one needs another pass to the media. ``reach`` is to whom
    one may write privately. From ``checked_since`` on one's page is asked to check itself for half a minute and to ``tellCheck``."""

    who: str
    name: str
    role: Literal["host", "member", "guest"]
    standing: Literal["outside", "waiting", "inside", "elsewhere", "turned_away", "removed"]
    lobby: bool
    may: list[Right] = []
    group: int = 0
    cell: int = 0
    reach: list[Post] = []
    checked_since: Moment | None = None


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """A line of the chat (``at``: UTC, ISO 8601), with its address where it has one. What is ``private`` is read by some only."""

    id: int
    who: str
    name: str
    at: str
    text: str
    to: Address | None = None
    private: bool = False


class RoomState(Message, frozen=True, tag="roomState"):
    """A room as its reader may know it: who is not inside knows ``title``, ``phase``, ``started_at`` and ``me``, and the lists are
    empty. ``phase`` is ``idle`` before the first meeting, then ``running`` or ``ended``, until the next begins. ``lobby`` says
    whether guests must wait, ``waiting`` is for hosts. ``chat`` holds the newest lines, the oldest of them first; ``earlier`` says
    whether there are lines before; ``letters`` are the newest lines that are not for all, and ``letters_kept`` says whether these are
    part of the record. ``roll`` is empty where there is none; ``agenda`` has only items of which the reader may know."""

    topic: str
    seq: int
    title: str
    phase: Literal["idle", "running", "ended"]
    started_at: str | None
    me: Me
    lobby: bool
    members: list[Member]
    waiting: list[Waiting]
    chat: list[Line]
    earlier: bool
    roll: list[Seat] = []
    agenda: list[Item] = []
    queue: list[Hand] = []
    procedure: Procedure = Procedure()
    spoken: Spoken = Spoken()
    groups: Groups = Groups()
    letters: list[Line] = []
    letters_kept: bool = False


class RoomChanged(Message, frozen=True, tag="roomChanged"):
    """What one event changes in the ``roomState`` of its reader; null means unchanged. ``members`` are those who came or changed,
    ``left`` those who are no longer inside, ``said`` are new lines, ``written`` those of ``letters``; all others are whole. Who enters,
    leaves, may know of other items or finds another meeting, and everyone at its end, gets a new ``roomState`` in its place."""

    topic: str
    seq: int
    title: str | None = None
    me: Me | None = None
    lobby: bool | None = None
    members: list[Member] = []
    left: list[str] = []
    waiting: list[Waiting] | None = None
    said: list[Line] = []
    roll: list[Seat] | None = None
    agenda: list[Item] | None = None
    queue: list[Hand] | None = None
    procedure: Procedure | None = None
    spoken: Spoken | None = None
    groups: Groups | None = None
    written: list[Line] = []


class Reacted(Message, frozen=True, tag="reacted"):
    """A member shows a sign. It has no number and is not repeated."""

    topic: str
    who: str
    reaction: Reaction


class MediaPass(Message, frozen=True, tag="mediaPass"):
    """Answers ``askMedia``: connect to ``url`` (empty: this site's own origin) with ``token`` within ``expires_in_s``; it opens the media
    of this ``cell``."""

    id: str
    url: str
    token: str
    expires_in_s: int
    cell: int = 0


class ChatPage(Message, frozen=True, tag="chatPage"):
    """Answers ``readChat``: at most 50 lines, the oldest first, and whether there are lines before."""

    id: str
    lines: list[Line]
    earlier: bool


ToMember = RoomState | RoomChanged | Reacted | PageShown | ConclusionsShown
