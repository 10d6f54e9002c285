"""What a motion (nội dung biểu quyết) is: its words, its rule, its roll, and the ballots cast on it; what may be asked, what happens.

A motion stands by itself, in a meeting or outside one, and is not touched by the end of a meeting. Its life is: drafted, open, closed
(by who chairs or by its deadline), counted, announced; before it is closed it may be withdrawn. Ballots are rows, not events.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from server.kernel.ids import MotionId, Who

Base = Literal["members", "present", "cast"]
"""Of what a share is needed: of all members on the roll; of those who were present when the motion was opened or voted; of the votes for
or against (or for one of several options). Who votes "Không biểu quyết" has voted, but for nothing: it is no part of what was cast."""
Tie = Literal["falls", "chair"]
Origin = Literal["hall", "remote", "slip"]
"""From where a ballot came: a hall of the meeting, a page inside the meeting, or a slip (phiếu lấy ý kiến) from outside."""
Phase = Literal["drafted", "open", "closed", "counted", "announced", "withdrawn"]
Outcome = Literal["passed", "rejected", "no_quorum", "tied", "withheld", "void"]
Why = Literal["enough", "too_few", "tie", "chair", "no_quorum", "undecided", "too_few_papers", "does_not_add_up"]

FEW = 5
"""So many papers hide each other, by the law of the house; a rule may ask for more."""

FOR, AGAINST = 0, 1
"""The two options of a motion that has no others."""


class Share(msgspec.Struct, frozen=True):
    """``more`` than, or at least, ``part`` of ``of`` equal parts: more than 1/2, at least 2/3."""

    part: int
    of: int
    more: bool = False


HALF = Share(1, 2, more=True)


class Rule(msgspec.Struct, frozen=True):
    """How a motion is decided. ``threshold`` is of the votes that the ``base`` weighs, ``quorum`` of the members, counted by head, who must
    take part. On a tie it ``falls``, or who chairs has a casting vote, which weighs what their own vote weighs. A ``secret`` ballot is
    never shown before its end, and never counted while fewer than ``papers`` are in, or than all where there are fewer members; another
    may be shown ``live``."""

    base: Base = "members"
    threshold: Share = HALF
    quorum: Share | None = None
    tie: Tie = "falls"
    secret: bool = False
    live: bool = False
    papers: int = FEW


class Voter(msgspec.Struct, frozen=True):
    """A member on the roll with their one vote of ``weight``: theirs, or while they are away that of the first of their ``substitutes``
    who is there. ``name`` is for the record."""

    member: Who
    name: str
    weight: int = 1
    substitutes: tuple[Who, ...] = ()


class Ballot(msgspec.Struct, frozen=True):
    """A named vote of ``member``, given ``by`` them or by a substitute of theirs. ``choice`` counts the options from 0; None is
    "Không biểu quyết". ``opinion`` are words on a slip."""

    member: Who
    by: Who
    choice: int | None
    origin: Origin
    at: datetime
    opinion: str = ""


class Voted(msgspec.Struct, frozen=True):
    """That the vote of ``member`` was given in secret, by whom, and from where."""

    member: Who
    by: Who
    origin: Origin


class Paper(msgspec.Struct, frozen=True):
    """A secret vote. ``tracker`` is 32 hexadecimal digits that the voter's page made, by which only the voter knows it again."""

    tracker: str
    choice: int | None


class Box(msgspec.Struct, frozen=True):
    """Everything cast on one motion: ``ballots`` in the order of casting, or who ``voted`` in secret and the ``papers`` by tracker."""

    ballots: tuple[Ballot, ...] = ()
    voted: tuple[Voted, ...] = ()
    papers: tuple[Paper, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """What came of a motion, and the arithmetic of it.

    Of the base, which weighs ``whole``, an option needed ``needed``; ``counts`` is what each option weighs, ``abstained`` and ``silent``
    what those weigh who voted for nothing or not at all. ``members`` on the roll, of whom ``attending`` took part and ``quorum`` were
    needed, and ``origins`` are counted by head. ``casting`` is the option that got the chair's casting vote, ``winner`` the one that
    passed. ``options`` is empty for a motion that one is for or against; ``weighted`` says that not every vote weighs one.

    A secret ballot with too few papers is ``withheld``: nothing was counted, no number says what anybody chose, and ``needed`` is how many
    papers it needed.
    """

    outcome: Outcome
    why: Why
    base: Base
    whole: int
    needed: int
    counts: tuple[int, ...]
    abstained: int
    silent: int
    members: int
    attending: int
    quorum: int | None = None
    origins: Mapping[Origin, int] = {}
    winner: int | None = None
    casting: int | None = None
    options: tuple[str, ...] = ()
    weighted: bool = False


class Delay(msgspec.Struct, frozen=True):
    """That a deadline was moved from ``before`` to a later one ``until``, when and why."""

    at: datetime
    before: datetime
    until: datetime
    reason: str


class Motion(msgspec.Struct, frozen=True):
    """A motion as it stands. Roll, chair and who was ``present`` are those of the moment it was opened; ``closes_at`` is its deadline,
    ``closed_at`` when it was closed, ``counted_at`` when its ballots were counted. ``objectors`` have said that the count is wrong;
    ``delays`` of the deadline are in the order in which they were decided."""

    id: MotionId
    text: str
    options: tuple[str, ...] = ()
    rule: Rule = Rule()
    phase: Phase = "drafted"
    roll: tuple[Voter, ...] = ()
    chair: Who | None = None
    present: frozenset[Who] = frozenset()
    opened_at: datetime | None = None
    closes_at: datetime | None = None
    closed_at: datetime | None = None
    counted_at: datetime | None = None
    result: Result | None = None
    objectors: frozenset[Who] = frozenset()
    delays: tuple[Delay, ...] = ()


class Context(msgspec.Struct, frozen=True):
    """Who asks and when. ``now`` is the database's clock (UTC). ``chairs`` says that the asker chairs now, ``prepares`` that they may write
    motions. ``place`` is where in the meeting the asker is, None for who is outside; ``inside`` are all who are in it, ``present`` those
    of them who have said so. ``chair``, ``roll`` and ``motion`` are those of a motion to be opened or drafted. ``papers`` is how many
    have voted in secret so far. ``apart`` says that the meeting has parted into groups. The shell itself asks as nobody."""

    now: datetime
    who: Who | None = None
    chairs: bool = False
    prepares: bool = False
    place: Literal["hall", "remote"] | None = None
    inside: frozenset[Who] = frozenset()
    present: frozenset[Who] = frozenset()
    chair: Who | None = None
    roll: tuple[Voter, ...] = ()
    motion: MotionId = MotionId(0)
    papers: int = 0
    apart: bool = False


# --- what may be asked ---------------------------------------------------------------------------------------------------


class DraftMotion(msgspec.Struct, frozen=True):
    """Write a motion, or write it anew before it is opened."""

    text: str
    options: tuple[str, ...] = ()
    rule: Rule = Rule()


class OpenMotion(msgspec.Struct, frozen=True):
    """Let vote, for ``lasts_s`` seconds or until ``closes_at``: one of the two."""

    lasts_s: int | None = None
    closes_at: datetime | None = None


class DelayMotion(msgspec.Struct, frozen=True):
    """Give more time: the voting ends at ``closes_at``, later than it would have."""

    closes_at: datetime
    reason: str


class CloseMotion(msgspec.Struct, frozen=True):
    """End the voting."""


class CloseDue(msgspec.Struct, frozen=True):
    """The shell: the deadline has passed."""


class Count(msgspec.Struct, frozen=True):
    """The shell: this was in the box when it was closed."""

    box: Box


class BreakTie(msgspec.Struct, frozen=True):
    """Give the casting vote."""

    choice: int


class AnnounceMotion(msgspec.Struct, frozen=True):
    """Declare the result."""


class WithdrawMotion(msgspec.Struct, frozen=True):
    """Give the motion up before it is decided."""

    reason: str


class Object(msgspec.Struct, frozen=True):
    """Say that the count is wrong."""

    words: str


Command = DraftMotion | OpenMotion | DelayMotion | CloseMotion | CloseDue | Count | BreakTie | AnnounceMotion | WithdrawMotion | Object


class Cast(msgspec.Struct, frozen=True):
    """Vote. ``member`` says whose vote it is, for who could give several; ``tracker`` is that of a secret vote."""

    choice: int | None
    member: Who | None = None
    opinion: str = ""
    tracker: str = ""


# --- what happens --------------------------------------------------------------------------------------------------------


class MotionEvent(msgspec.Struct, frozen=True, tag_field="type"):
    """The common form: which motion, and when (UTC)."""

    motion: MotionId
    at: datetime


class MotionDrafted(MotionEvent, frozen=True, tag="motion_drafted"):
    text: str
    options: tuple[str, ...]
    rule: Rule


class MotionOpened(MotionEvent, frozen=True, tag="motion_opened"):
    closes_at: datetime
    roll: tuple[Voter, ...]
    chair: Who | None
    present: frozenset[Who]


class MotionDelayed(MotionEvent, frozen=True, tag="motion_delayed"):
    closes_at: datetime
    reason: str


class MotionClosed(MotionEvent, frozen=True, tag="motion_closed"):
    """``at`` the deadline itself where it was that which closed. ``present`` is for the record: those present at the opening count."""

    by: Literal["chair", "deadline"]
    present: frozenset[Who]


class MotionCounted(MotionEvent, frozen=True, tag="motion_counted"):
    """``box`` is all that was cast, so that everybody who has the log can count again; of a secret ballot that is withheld there are no
    papers, only who voted."""

    box: Box
    result: Result


class TieBroken(MotionEvent, frozen=True, tag="tie_broken"):
    who: Who
    choice: int
    result: Result


class MotionAnnounced(MotionEvent, frozen=True, tag="motion_announced"):
    result: Result


class MotionWithdrawn(MotionEvent, frozen=True, tag="motion_withdrawn"):
    reason: str


class Objected(MotionEvent, frozen=True, tag="objected"):
    who: Who
    words: str


AnyMotionEvent = (
    MotionDrafted | MotionOpened | MotionDelayed | MotionClosed | MotionCounted | TieBroken | MotionAnnounced | MotionWithdrawn | Objected
)
