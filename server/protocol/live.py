"""Every message of the ``/live`` websocket, as msgspec structs told apart by their ``type``.

A connection begins with ``hello``; then the client follows topics and sends commands. Each command carries an ``id`` (a UUID made
by the client) and is answered by ``done`` after COMMIT, or by ``refused``. Events of a topic carry gapless numbers; tallies carry
a version and may skip values, because each one holds the newest totals of the questions it names.
"""

from typing import Annotated, Literal

import msgspec

from server.protocol.motions import ForMotion, ToVoter
from server.protocol.rooms import (
    ChatPage,
    ForRoom,
    MediaPass,
    ToMember,
)
from server.protocol.shape import Choice, CommandUuid, Count, Id, Message, Number, Tab, Ticket, TopicName

PROTOCOL_VERSION = 1

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
    """Send an opinion on one node of the draft's ``version``, or on the whole of it when ``node`` is null; or an answer to another
    contribution (``parent``). ``quote`` is words of the node, with what stands before and after them."""

    id: CommandUuid
    consultation: Id
    node: str | None
    text: str
    name: str
    version: Count = 1
    quote: str = ""
    before: str = ""
    after: str = ""
    parent: Id | None = None
    side: Literal["for", "against", "neutral"] | None = None


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


class Respond(Message, frozen=True, tag="respond"):
    """Answer a question of several choices, of an order (the first place first) or of words, or change one's answer to it. Single
    choices and scales are answered by ``vote``."""

    id: CommandUuid
    question: Id
    choices: Annotated[list[Choice], msgspec.Meta(max_length=32)] = []
    text: str = ""


Command = Vote | Respond | Contribute | Withdraw | Rule | ForRoom | ForMotion
FromClient = Hello | Follow | Unfollow | Command


# --- from the server ---------------------------------------------------------------------------------------------------


class Contribution(msgspec.Struct, frozen=True, rename="camel"):
    """A contribution as its readers may know it. ``state`` is ``visible`` for the public; moderators and authors see the others.

    ``node`` is the exact node it speaks of (a khoản, say; null for the whole draft), ``label`` that node's name for readers, and
    ``place`` the điều or annex under which the page lists it (null for the whole draft). ``parent`` is the contribution that it answers;
    no total counts it then. It was given on the draft's ``version``, perhaps on words of it (``quote``), with other wording if it
    ``suggests`` some. ``supports`` are people, ``replies`` visible answers, both as they were when this was told.
    ``source`` says, in Vietnamese, where what officers entered comes from. ``erased`` is when its words and its name were destroyed at its
    author's demand; nothing stands in their place.
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
    parent: int | None = None
    version: int = 1
    side: Literal["for", "against", "neutral", ""] = ""
    quote: str = ""
    suggests: bool = False
    channel: Literal["online", "assisted", "imported"] = "online"
    edited: bool = False
    supports: int = 0
    replies: int = 0
    source: str = ""
    erased: str | None = None


class Place(msgspec.Struct, frozen=True, rename="camel"):
    """One list of contributions: a điều or annex of the draft, or the whole when ``place`` is null. The newest come first."""

    place: str | None
    total: int
    newest: list[Contribution]


class Poll(msgspec.Struct, frozen=True, rename="camel"):
    """A question that is opened and closed while people are consulted. ``labels`` are its options, of a scale its steps; of several at
    most ``most`` are chosen. About the ``whole`` draft only who has opened its text may answer."""

    id: int
    state: Literal["open", "closed"]
    kind: Literal["single", "several", "rank", "scale", "text"]
    text: str
    labels: list[str]
    most: int | None = None
    whole: bool = False


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
    polls: list[Poll] = []


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


class PollChanged(Message, frozen=True, tag="pollChanged"):
    """A poll was opened, or closed: from then on its totals may be told."""

    topic: str
    seq: int
    poll: Poll


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
    """The newest totals of the questions named: question id (as text) to people per option. Of several choices the last number is all
    who answered; of an order of n options there are n for each place, the first place first, and last all who answered; of words there
    is only that."""

    topic: str
    version: int
    totals: dict[str, list[int]]


class Done(Message, frozen=True, tag="done"):
    """The command is recorded, durably. ``contribution`` and ``state`` answer ``contribute``, ``state`` also ``enter``, ``motion``
    answers ``draftMotion``."""

    id: str
    contribution: int | None = None
    state: str | None = None
    motion: int | None = None


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


ToReader = Shown | Gone | PhaseChanged | PollChanged | Passed | Ruled
FromServer = Welcome | Snapshot | ToReader | Tally | ToMember | ToVoter | Done | MediaPass | ChatPage | RefusedCommand | Bye
