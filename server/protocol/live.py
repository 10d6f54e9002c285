"""Every message of the ``/live`` websocket, as msgspec structs told apart by their ``type``.

A connection begins with ``hello``; then the client follows topics and sends commands. Each command carries an ``id`` (a UUID made
by the client) and is answered by ``done`` after COMMIT, or by ``refused``. Events of a topic carry gapless numbers; tallies carry
a version and may skip values, because each one holds the newest totals of the questions it names.
"""

from typing import Annotated, Literal

import msgspec

PROTOCOL_VERSION = 1

LARGEST = 2**63 - 1
"""The largest number the database can hold: a larger one is malformed, not unknown."""

Id = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
Number = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Choice = Annotated[int, msgspec.Meta(ge=0, le=32_767)]
TopicName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
CommandUuid = Annotated[str, msgspec.Meta(pattern="\\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\Z")]
Ticket = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Who = Annotated[str, msgspec.Meta(min_length=2, max_length=21)]
Tab = Annotated[str, msgspec.Meta(min_length=8, max_length=64)]

MediaSource = Literal["microphone", "camera", "screen_share"]
Reaction = Literal["applause", "agree", "heart", "laugh", "surprise", "thanks"]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", rename="camel"):
    """The common form of all messages."""


# --- from the client ---------------------------------------------------------------------------------------------------


class Hello(Message, frozen=True, tag="hello"):
    """The first message, within 5 s: a one-use ticket from ``POST /live/ticket``."""

    ticket: Ticket
    version: Count


class Follow(Message, frozen=True, tag="follow"):
    """Follow a topic from event ``after`` (the number printed in the page). Answered by the missing events or by a snapshot.

    ``tab`` is for rooms: a random word that one page makes for itself and keeps over its reconnections. It tells the tabs of one
    person apart, and while a tab that has entered follows its room, its member is connected. A room gives no role.
    """

    topic: TopicName
    after: Number
    role: Literal["public", "moderator"] = "public"
    tab: Tab | None = None


class Unfollow(Message, frozen=True, tag="unfollow"):
    """Hear no more of a topic."""

    topic: TopicName


class Vote(Message, frozen=True, tag="vote"):
    """Cast or change one's vote. ``choice`` is the position of the option in the question."""

    id: CommandUuid
    question: Id
    choice: Choice


class Contribute(Message, frozen=True, tag="contribute"):
    """Send an opinion on one node of the draft, or on the whole of it when ``node`` is null."""

    id: CommandUuid
    consultation: Id
    node: str | None
    text: str
    name: str


class Withdraw(Message, frozen=True, tag="withdraw"):
    """Take back one's own contribution."""

    id: CommandUuid
    contribution: Id


class Rule(Message, frozen=True, tag="rule"):
    """A moderator's ruling on one contribution: ``hide`` names the rule broken and a reason the author will read."""

    id: CommandUuid
    contribution: Id
    ruling: Literal["publish", "hide", "restore"]
    rule: str | None = None
    reason: str = ""


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


class RaiseHand(Message, frozen=True, tag="raiseHand"):
    """Ask for the word."""

    id: CommandUuid
    room: Id


class LowerHand(Message, frozen=True, tag="lowerHand"):
    """Lower one's own hand (``who`` null), or as a host another's."""

    id: CommandUuid
    room: Id
    who: Who | None = None


class Say(Message, frozen=True, tag="say"):
    """Write a line in the chat."""

    id: CommandUuid
    room: Id
    text: str


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
ForRoom = Enter | Leave | RaiseHand | LowerHand | Say | React | AskMedia | ReadChat | ByHost
Command = Vote | Contribute | Withdraw | Rule | ForRoom
FromClient = Hello | Follow | Unfollow | Command


# --- from the server ---------------------------------------------------------------------------------------------------


class Contribution(msgspec.Struct, frozen=True, rename="camel"):
    """A contribution as its readers may know it. ``state`` is ``visible`` for the public; moderators and authors see the others.

    ``node`` is the exact node it speaks of (a khoản, say; null for the whole draft), ``label`` that node's name for readers, and
    ``place`` the điều or annex under which the page lists it (null for the whole draft).
    """

    id: int
    node: str | None
    place: str | None
    label: str
    name: str
    kind: str
    verified: bool
    text: str
    at: str
    state: Literal["visible", "waiting", "hidden", "withdrawn"]


class Place(msgspec.Struct, frozen=True, rename="camel"):
    """One list of contributions: a điều or annex of the draft, or the whole when ``place`` is null. The newest come first."""

    place: str | None
    total: int
    newest: list[Contribution]


class Welcome(Message, frozen=True, tag="welcome"):
    """The ticket was good. ``signed_in`` says whether commands can be sent outside rooms."""

    signed_in: bool


class Snapshot(Message, frozen=True, tag="snapshot"):
    """All that a reader's page shows of a topic, in place of events that are too old to be sent one by one."""

    topic: str
    seq: int
    phase: str
    opens_at: str | None
    closes_at: str | None
    places: list[Place]


class Shown(Message, frozen=True, tag="shown"):
    """A contribution became visible to this reader, or its state changed; ``total`` counts the visible ones at its place."""

    topic: str
    seq: int
    contribution: Contribution
    total: int


class Gone(Message, frozen=True, tag="gone"):
    """A contribution is no longer visible to this reader."""

    topic: str
    seq: int
    contribution: int
    place: str | None
    total: int


class PhaseChanged(Message, frozen=True, tag="phaseChanged"):
    """The consultation was opened, closed, or its dates moved (UTC, ISO 8601)."""

    topic: str
    seq: int
    phase: str
    opens_at: str | None
    closes_at: str | None


class Passed(Message, frozen=True, tag="passed"):
    """An event of which this reader may know only that it happened: it keeps the numbers gapless."""

    topic: str
    seq: int


class Ruled(Message, frozen=True, tag="ruled"):
    """To an author: what became of one's contribution, and why."""

    topic: str
    seq: int
    contribution: int
    state: Literal["visible", "waiting", "hidden", "withdrawn"]
    rule: str | None
    reason: str


class Tally(Message, frozen=True, tag="tally"):
    """The newest totals of the questions named: question id (as text) to the number of people per option."""

    topic: str
    version: int
    totals: dict[str, list[int]]


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody inside. ``who`` is also the identity towards the media engine (``p12`` a person, ``g7`` a guest). ``connected`` is
    false while the way to this site is lost: a minute later the member has left. ``hand`` is null or the number of the raised
    hand; hands are taken in the order of these numbers."""

    who: str
    name: str
    role: Literal["host", "member", "guest"]
    connected: bool
    hand: int | None


class Waiting(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody who knocked (UTC, ISO 8601) and waits."""

    who: str
    name: str
    since: str
    connected: bool


class Me(msgspec.Struct, frozen=True, rename="camel"):
    """The reader in the room. ``elsewhere``: inside by another tab, ``enter`` brings the place here. ``turned_away`` and ``removed``
    may knock again; ``lobby`` says whether ``enter`` would mean to wait now. ``name`` is empty when it must be asked for."""

    who: str
    name: str
    role: Literal["host", "member", "guest"]
    standing: Literal["outside", "waiting", "inside", "elsewhere", "turned_away", "removed"]
    lobby: bool


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """A line of the chat (``at``: UTC, ISO 8601)."""

    id: int
    who: str
    name: str
    at: str
    text: str


class RoomState(Message, frozen=True, tag="roomState"):
    """A room as its reader may know it: who is not inside knows ``title``, ``phase``, ``started_at`` and ``me``, and the lists are
    empty. ``phase`` is ``idle`` before the first meeting, then ``running`` or ``ended``, until the next begins. ``lobby`` says
    whether guests must wait, ``waiting`` is for hosts. ``chat`` holds the newest lines, the oldest of them first; ``earlier`` says
    whether there are lines before."""

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


class RoomChanged(Message, frozen=True, tag="roomChanged"):
    """What one event changes in the ``roomState`` of its reader; null means unchanged. ``members`` are those who came or changed,
    ``left`` those who are no longer inside, ``waiting`` is the whole list, ``said`` are new lines. Who enters, leaves or finds
    another meeting, and everyone at its end, gets a new ``roomState`` in its place."""

    topic: str
    seq: int
    title: str | None = None
    me: Me | None = None
    lobby: bool | None = None
    members: list[Member] = []
    left: list[str] = []
    waiting: list[Waiting] | None = None
    said: list[Line] = []


class Reacted(Message, frozen=True, tag="reacted"):
    """A member shows a sign. It has no number and is not repeated."""

    topic: str
    who: str
    reaction: Reaction


class MediaPass(Message, frozen=True, tag="mediaPass"):
    """Answers ``askMedia``: connect to ``url`` (empty: this site's own origin) with ``token`` within ``expires_in_s``."""

    id: str
    url: str
    token: str
    expires_in_s: int


class ChatPage(Message, frozen=True, tag="chatPage"):
    """Answers ``readChat``: at most 50 lines, the oldest first, and whether there are lines before."""

    id: str
    lines: list[Line]
    earlier: bool


class Done(Message, frozen=True, tag="done"):
    """The command is recorded, durably. ``contribution`` and ``state`` answer ``contribute``, ``state`` also ``enter``."""

    id: str
    contribution: int | None = None
    state: str | None = None


class RefusedCommand(Message, frozen=True, tag="refused"):
    """The command changed nothing. ``code`` is stable; ``message`` is a sentence in the reader's language."""

    id: str | None
    code: str
    message: str
    retry_after_s: float | None = None


class Bye(Message, frozen=True, tag="bye"):
    """The server is about to close: come back after this many seconds, with a jitter of one's own."""

    reason: str
    retry_after_s: float


ToReader = Shown | Gone | PhaseChanged | Passed | Ruled
ToMember = RoomState | RoomChanged | Reacted
FromServer = Welcome | Snapshot | ToReader | Tally | ToMember | Done | MediaPass | ChatPage | RefusedCommand | Bye
