"""What people may ask of a consultation. Names are imperative; the shell has checked types, not rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from consultations.papers import PaperKind
from consultations.state import Moderation, Tallies
from consultations.statute import Document
from server.kernel.ids import AgencyId, ContributionId, NodeId, PaperId


class Create(msgspec.Struct, frozen=True):
    """An editor begins a consultation of an agency."""

    agency: AgencyId
    title: str
    title_en: str = ""
    summary: str = ""
    summary_en: str = ""


class Describe(msgspec.Struct, frozen=True):
    """Change the title and the summary."""

    title: str
    title_en: str
    summary: str
    summary_en: str


class PlaceText(msgspec.Struct, frozen=True):
    """Put a draft's text (already imported, ``sha256`` of its tree) in place: nodes to comment on, articles to vote on."""

    places: Mapping[NodeId, NodeId]
    questions: int
    sha256: str


class Publish(msgspec.Struct, frozen=True):
    """Put the consultation before the public. ``opens_at`` null: it opens as it is published. ``document`` chooses the rule of
    ``consultations.statute``; ``target`` is how many people the agency hopes to hear."""

    opens_at: datetime | None
    closes_at: datetime
    moderation: Moderation
    tallies: Tallies
    document: Document = "other"
    target: int | None = None


class Close(msgspec.Struct, frozen=True):
    """Close before the day announced."""

    reason: str


class Suspend(msgspec.Struct, frozen=True):
    """Stop taking anything for a time, which will not count."""

    reason: str


class Resume(msgspec.Struct, frozen=True):
    """Go on after a suspension; the close comes later by as long as it lasted."""


class Cancel(msgspec.Struct, frozen=True):
    """End it without an answer."""

    reason: str


class Archive(msgspec.Struct, frozen=True):
    """Put an answered consultation away; it stays readable."""


class AddPaper(msgspec.Struct, frozen=True):
    """Add a file to the dossier. ``sha256`` (hex) is that of its ``size`` bytes, which the shell keeps."""

    kind: PaperKind
    title: str
    file_name: str
    media_type: str
    size: int
    sha256: str


class RemovePaper(msgspec.Struct, frozen=True):
    """Take a file out of the dossier."""

    paper: PaperId


class Tick(msgspec.Struct, frozen=True):
    """A deadline has passed."""


class Contribute(msgspec.Struct, frozen=True):
    """Give an opinion on a node of the draft, or on the whole of it."""

    node: NodeId | None
    text: str
    name: str


class Withdraw(msgspec.Struct, frozen=True):
    """Take one's own contribution back."""

    contribution: ContributionId


class Rule(msgspec.Struct, frozen=True):
    """A moderator publishes a waiting contribution, hides one by a rule and a reason, or restores a hidden one."""

    contribution: ContributionId
    ruling: Literal["publish", "hide", "restore"]
    rule: str | None = None
    reason: str = ""


Command = (
    Create | Describe | PlaceText | Publish | Close | Suspend | Resume | Cancel | Archive | AddPaper | RemovePaper | Tick
    | Contribute | Withdraw | Rule
)  # fmt: skip
