"""The messages of votes in a meeting room, as part of ``live.py``: motions, ballots and results, and a quick show of hands."""

from typing import Annotated, Literal

import msgspec

from server.protocol.shape import Choice, CommandUuid, Count, Id, Message

Who = Annotated[str, msgspec.Meta(min_length=2, max_length=21)]
Base = Literal["members", "present", "cast"]
Tie = Literal["falls", "chair"]
Part = Annotated[int, msgspec.Meta(ge=0, le=1_000)]

# --- from the client ---------------------------------------------------------------------------------------------------


class DraftMotion(Message, frozen=True, tag="draftMotion"):
    """Write a motion, or write ``motion`` anew before it is opened; answered by ``done`` with its number in ``motion``. What passes
    needs at least ``part`` of ``of`` equal parts of the ``base``, or ``more`` than that; so does the quorum of the members, which there is
    none of when ``quorumOf`` is 0. Without ``options`` one is for or against."""

    id: CommandUuid
    room: Id
    motion: Id | None
    text: str
    options: Annotated[list[str], msgspec.Meta(max_length=20)] = []
    base: Base = "members"
    part: Part = 1
    of: Part = 2
    more: bool = True
    quorum_part: Part = 0
    quorum_of: Part = 0
    quorum_more: bool = False
    tie: Tie = "falls"
    secret: bool = False
    live: bool = False


class OpenMotion(Message, frozen=True, tag="openMotion"):
    """Who chairs lets vote, for so many seconds."""

    id: CommandUuid
    room: Id
    motion: Id
    lasts_s: Count


class CloseMotion(Message, frozen=True, tag="closeMotion"):
    """Who chairs ends the voting before its deadline."""

    id: CommandUuid
    room: Id
    motion: Id


class BreakTie(Message, frozen=True, tag="breakTie"):
    """Who chairs gives the casting vote."""

    id: CommandUuid
    room: Id
    motion: Id
    choice: Choice


class AnnounceMotion(Message, frozen=True, tag="announceMotion"):
    """Who chairs declares the result."""

    id: CommandUuid
    room: Id
    motion: Id


class WithdrawMotion(Message, frozen=True, tag="withdrawMotion"):
    """Who chairs gives a motion up before it is decided."""

    id: CommandUuid
    room: Id
    motion: Id
    reason: str


class ObjectToCount(Message, frozen=True, tag="objectToCount"):
    """A voter says, within 60 s of the count, that it is wrong."""

    id: CommandUuid
    room: Id
    motion: Id
    words: str


class CastBallot(Message, frozen=True, tag="castBallot"):
    """Vote: an option from 0, or null for "Không biểu quyết". ``member`` is whose vote it is, for who could give several. A named vote may
    be cast again until the close. A secret one needs a ``tracker`` (32 hexadecimal digits made by the page) and the ``code`` that
    ``askBallotCode`` has sent; sent again with the same tracker it is answered as it was."""

    id: CommandUuid
    room: Id
    motion: Id
    choice: Choice | None
    member: Who | None = None
    tracker: str = ""
    code: str = ""


class AskBallotCode(Message, frozen=True, tag="askBallotCode"):
    """Have a one-time code for a secret vote sent to one's own address."""

    id: CommandUuid
    room: Id
    motion: Id


class AskHands(Message, frozen=True, tag="askHands"):
    """Who chairs asks for a quick show of hands, which is not kept; an empty text ends it."""

    id: CommandUuid
    room: Id
    text: Annotated[str, msgspec.Meta(max_length=500)]


class ShowHand(Message, frozen=True, tag="showHand"):
    """A hand for (0), against (1), or taken down (null), while hands are asked for."""

    id: CommandUuid
    room: Id
    choice: Annotated[int, msgspec.Meta(ge=0, le=1)] | None


ForMotion = (
    DraftMotion
    | OpenMotion
    | CloseMotion
    | BreakTie
    | AnnounceMotion
    | WithdrawMotion
    | ObjectToCount
    | CastBallot
    | AskBallotCode
    | AskHands
    | ShowHand
)


# --- from the server ---------------------------------------------------------------------------------------------------


class MotionVote(msgspec.Struct, frozen=True, rename="camel"):
    """How a member voted by name; ``by`` whom is told where it was a substitute."""

    who: str
    name: str
    choice: int | None
    by: str | None


class MotionResult(msgspec.Struct, frozen=True, rename="camel"):
    """What came of a motion. ``line`` is the sentence with its arithmetic and ``origins`` says from where the votes came, both in the
    reader's language and empty while the vote is open. ``counts`` are by option, all weighed, and empty where a secret ballot is
    ``withheld`` because too few voted; ``leading`` are the options of which a casting vote may choose."""

    outcome: Literal["passed", "rejected", "no_quorum", "tied", "withheld", "void"]
    line: str
    origins: str
    counts: list[int]
    abstained: int
    silent: int
    leading: list[int]


class MotionShown(Message, frozen=True, tag="motionShown"):
    """A motion as it stands; it replaces what was known of it and has no number. Drafts are told to who may prepare them. ``result`` and
    ``votes`` are null while they are hidden, and ``votes`` always of a secret ballot. ``tells`` warns that so few may vote in secret that
    the result gives votes away. Times are UTC, ISO 8601; until ``object_until`` a voter may say that the count is wrong, as
    ``objections`` have. ``slip``: it is sent outside meetings. Only with ``papers`` papers is a secret vote counted or ended early.
    ``delayed`` is why the deadline was moved last, empty when it never was; ``closed_at`` is when the vote ended."""

    topic: str
    motion: int
    text: str
    options: list[str]
    base: Base
    part: int
    of: int
    more: bool
    quorum_part: int
    quorum_of: int
    quorum_more: bool
    tie: Tie
    secret: bool
    live: bool
    phase: Literal["drafted", "open", "closed", "counted", "announced", "withdrawn"]
    opened_at: str | None
    closes_at: str | None
    object_until: str | None
    members: int
    voted: int
    objections: int
    result: MotionResult | None
    votes: list[MotionVote] | None
    tells: bool
    slip: bool
    papers: int = 0
    delayed: str = ""
    closed_at: str | None = None


class Mandate(msgspec.Struct, frozen=True, rename="camel"):
    """A vote that the reader could give: ``who``'s own or, for a substitute, that of the member. ``voted`` says that it was given, of a
    named vote ``choice`` what, and ``by`` whom if not by the member."""

    who: str
    name: str
    voted: bool
    choice: int | None
    by: str | None


class MyBallots(Message, frozen=True, tag="myBallots"):
    """To one reader: the votes that they could give on an open motion."""

    topic: str
    motion: int
    mandates: list[Mandate]


class HandsAsked(Message, frozen=True, tag="handsAsked"):
    """A quick show of hands is asked for; with an empty text it is over. Nothing of it is kept."""

    topic: str
    text: str


class HandShown(Message, frozen=True, tag="handShown"):
    """A member's hand for (0), against (1) or taken down (null)."""

    topic: str
    who: str
    choice: int | None


ToVoter = MotionShown | MyBallots | HandsAsked | HandShown
