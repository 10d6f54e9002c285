"""What the pages of questionnaires and polls show, as plain data. Texts are untrusted and escaped by the templates."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from consultations.questions import Asked, QuestionKind
from server.store.questions import Question
from server.web.views import ConsultationHead, Crumb

_BLANK_LABEL = " "


class ResultRow(msgspec.Struct, frozen=True):
    """One option in figures: ``people`` of all who answered, ``tenths`` of a percent. Of an order, ``people`` put it first, and
    ``place`` is its average place in hundredths."""

    label: str
    people: int
    tenths: int
    place: int | None = None


class Results(msgspec.Struct, frozen=True):
    """The totals of one question; ``answered`` is how many people answered it, the denominator of every share."""

    answered: int
    rows: tuple[ResultRow, ...]


class Given(msgspec.Struct, frozen=True):
    """What somebody chose or wrote: options (of an order the first place first), or words. As typed it may be wrong."""

    choices: tuple[int, ...] = ()
    text: str = ""
    places: tuple[str, ...] = ()
    """Of an order: the place of each option, as chosen in its field; empty where none is."""


class QuestionView(msgspec.Struct, frozen=True):
    """One question before a reader. ``results`` are None while they are hidden. ``given`` fills its fields, ``recorded`` says that this is
    what stands; ``error`` is what is wrong with it. ``locked`` waits for the text to be opened."""

    id: int
    part: str
    state: str
    asked: Asked
    results: Results | None = None
    given: Given = Given()
    recorded: bool = False
    error: str = ""
    locked: bool = False


class QuestionsPage(msgspec.Struct, frozen=True):
    """``questions/page.html``. ``polls`` are those that were opened, the newest first; ``standing`` as in ``ConsultationPage``.
    ``opened`` says that the reader has opened the text, if there is one; ``locked`` that some question waits for that."""

    head: ConsultationHead
    crumbs: tuple[Crumb, ...]
    topic: str
    seq: int
    questionnaire: tuple[QuestionView, ...]
    polls: tuple[QuestionView, ...]
    standing: Literal["vote", "sign_in", "look"]
    text_limit: int
    opened: bool
    locked: bool
    errors: tuple[tuple[int, str], ...] = ()


def blank(kind: QuestionKind) -> QuestionView:
    """What the script's ``<template>`` of a poll is rendered from."""
    labels = () if kind == "text" else (_BLANK_LABEL,)
    return QuestionView(0, "poll", "open", Asked(kind, _BLANK_LABEL, labels), results_of(Asked(kind, "", labels), [0, 0]))


def results_of(asked: Asked, people: Sequence[int]) -> Results:
    """The totals of ``server.store.votes.Totals`` as a reader wants them."""
    options = len(asked.labels)
    if asked.kind in ("single", "scale"):
        answered, of_option = sum(people), list(people)
    else:
        answered, of_option = people[-1], list(people[:options])
    rows = []
    for option, label in enumerate(asked.labels):
        place = None
        if asked.kind == "rank" and answered:
            place = round(100 * sum((at + 1) * people[at * options + option] for at in range(options)) / answered)
        rows.append(ResultRow(label, of_option[option], round(1000 * of_option[option] / answered) if answered else 0, place))
    return Results(answered, tuple(rows))


def given_before(asked: Asked, choices: Sequence[int], text: str) -> Given:
    """A recorded answer, for the fields of the form."""
    places = [""] * len(asked.labels)
    if asked.kind == "rank":
        for at, option in enumerate(choices):
            places[option] = str(at + 1)
    return Given(tuple(choices), text, tuple(places))


def view_of(question: Question, **shown: object) -> QuestionView:
    """A question with what is ``shown`` of it besides."""
    return QuestionView(question.id, question.part, question.state, question.asked, **shown)  # type: ignore[arg-type]
