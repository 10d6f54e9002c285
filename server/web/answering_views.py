"""What the templates of answers and of the consolidated report show, as plain data."""

from datetime import datetime

import msgspec

from server.web.views import AnswerView, ContributionView, FormError


class AnswerItem(msgspec.Struct, frozen=True):
    """A contribution before who answers it, in this ``stand``. ``chosen`` ones are ticked; ``edit_url`` opens the form with its answer."""

    contribution: ContributionView
    stand: str
    answer: AnswerView | None
    chosen: bool
    edit_url: str
    words_url: str


class AnswerPlace(msgspec.Struct, frozen=True):
    """A điều or annex (or the whole draft, or words that are gone) with how many contributions it has and how many lack an answer."""

    label: str
    heading: str
    url: str
    total: int
    lacking: int
    current: bool = False


class AnswerForm(msgspec.Struct, frozen=True):
    """An answer as it is written. ``node`` is one of the newest version, or empty."""

    command: str
    outcome: str = ""
    explanation: str = ""
    node: str = ""


class AnswerPage(msgspec.Struct, frozen=True):
    """``answering/list.html``. ``total`` contributions, of which ``lacking`` have no answer and ``waiting`` more await a moderator.

    ``here`` is the place whose ``items`` are shown, if any; ``only_lacking`` says that answered ones are left out. ``nodes`` are what a
    change can be in, (id, label), none while there is one version only. ``back`` are the fields that lead back here.
    """

    places: tuple[AnswerPlace, ...]
    total: int
    lacking: int
    waiting: int
    here: AnswerPlace | None
    only_lacking: bool
    items: tuple[AnswerItem, ...]
    form: AnswerForm
    nodes: tuple[tuple[str, str], ...]
    version: int
    back: tuple[tuple[str, str], ...]
    all_url: str
    lacking_url: str
    every_url: str
    next_url: str
    explanation_limit: int
    writable: bool
    errors: tuple[FormError, ...] = ()


class Outcomes(msgspec.Struct, frozen=True):
    """The four dispositions partition the answered; with those that lack an answer they add up to ``total``."""

    accepted: int
    partly_accepted: int
    not_accepted: int
    noted: int
    lacking: int

    @property
    def total(self) -> int:
        """All contributions that are owed an answer and that everybody can see."""
        return self.accepted + self.partly_accepted + self.not_accepted + self.noted + self.lacking


class FileView(msgspec.Struct, frozen=True):
    """A file of a report. ``url`` never changes; ``sha256`` is in hex, ``size`` in bytes."""

    format: str
    url: str
    sha256: str
    size: int


class ReportStatus(msgspec.Struct, frozen=True):
    """The report asked for last: ``state`` as stored, ``percent`` written, and why it failed, as a sentence."""

    state: str
    percent: int
    why: str
    at: datetime
    files: tuple[FileView, ...] = ()
