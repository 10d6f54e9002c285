"""What there is to tell to who follows a consultation: the shape of one letter's news, for who gathers it and who writes it."""

import msgspec

from consultations.log import Entry

TOLD = (
    *("published", "opened", "closed", "suspended", "resumed", "cancelled", "answered", "archived"),
    *("paper_added", "version_placed", "poll_opened", "poll_closed"),
)
"""The lines of the public log of which there is something to tell by themselves; contributions are told in their own words."""


class Said(msgspec.Struct, frozen=True):
    """A contribution, or the agency's answer to one (``outcome``). ``path`` is where it stands on the site."""

    about: str
    name: str
    text: str
    path: str
    outcome: str = ""


class Section(msgspec.Struct, frozen=True):
    """What happened in one consultation: in its life, and what was said; of ``more`` contributions there was no room for the words.

    ``stops`` end the follows that brought it here: (of what, path).
    """

    title: str
    path: str
    happened: tuple[Entry, ...]
    said: tuple[Said, ...]
    more: int
    stops: tuple[tuple[str, str], ...]
