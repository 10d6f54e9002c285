"""Questions with their options in words, and what may be answered to them."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from consultations.words import clean
from server.kernel.refused import Refused

QuestionKind = Literal["single", "several", "rank", "scale", "text"]

QUESTION_LIMIT = 1_000
LABEL_LIMIT = 200
RESPONSE_LIMIT = 5_000
MOST_OPTIONS = 20
MOST_QUESTIONS = 100


class Asked(msgspec.Struct, frozen=True):
    """A question as it is asked. ``labels`` are its options, of a scale its steps, of a text none; of several at most ``most`` are
    chosen. Who sends a questionnaire must answer what is ``required``; what asks about the ``whole`` draft is answered only by who has
    opened its text."""

    kind: QuestionKind
    text: str
    labels: tuple[str, ...] = ()
    most: int | None = None
    required: bool = False
    whole: bool = False


def check_asked(asked: Asked) -> Asked:
    """The question with clean words.

    Raises:
        Refused: ``empty``, ``too_long``, ``bad_question`` for too few or too many options, for two in the same words, and for a ``most``
            that does not fit.
    """
    text = clean(asked.text, "text", QUESTION_LIMIT)
    labels = tuple(clean(label, "labels", LABEL_LIMIT, lines=False) for label in asked.labels)
    fewest, most = (0, 0) if asked.kind == "text" else (2, MOST_OPTIONS)
    if not fewest <= len(labels) <= most or len(set(labels)) != len(labels):
        raise Refused("bad_question")
    if asked.most is not None and (asked.kind != "several" or not 1 <= asked.most <= len(labels)):
        raise Refused("bad_question")
    return Asked(asked.kind, text, labels, asked.most, asked.required, asked.whole)


def check_response(asked: Asked, choices: Sequence[int], text: str) -> tuple[list[int], str]:
    """What is kept of an answer: options in order (of several), as given (of a rank, the first place first), or words.

    Raises: Refused ``bad_choice``, ``empty``, ``too_long``. Single choices and scales are votes, and are refused here.
    """
    if asked.kind == "text":
        if choices:
            raise Refused("bad_choice")
        return [], clean(text, "text", RESPONSE_LIMIT)
    given = list(choices)
    if text or len(set(given)) != len(given) or not set(given) <= set(range(len(asked.labels))):
        raise Refused("bad_choice")
    if asked.kind == "rank" and len(given) == len(asked.labels):
        return given, ""
    if asked.kind == "several" and 1 <= len(given) <= (asked.most or len(asked.labels)):
        return sorted(given), ""
    raise Refused("bad_choice")
