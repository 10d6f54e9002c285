"""Questions beside the draft's text: a questionnaire, put with the text, and polls, opened and closed while people are consulted."""

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.questions import MOST_QUESTIONS, check_asked
from consultations.state import Consultation, PollState
from server.kernel.ids import QuestionId
from server.kernel.refused import Refused


def ask(state: Consultation, command: c.Ask, context: Context) -> e.QuestionsAsked:
    """The questionnaire, in place of any earlier one. Raises: Refused ``too_many_questions`` (with ``limit``), ``bad_question``."""
    context.allow("edit_consultation")
    context.in_phase(state, "ask")
    if len(command.questions) > MOST_QUESTIONS:
        raise Refused("too_many_questions", limit=MOST_QUESTIONS)
    return e.QuestionsAsked(tuple(check_asked(one) for one in command.questions))


def add_poll(state: Consultation, command: c.AddPoll, context: Context) -> e.PollAdded:
    """Raises: Refused ``too_many_questions`` (with ``limit``), ``bad_question``."""
    context.allow("run_polls")
    context.in_phase(state, "add_poll")
    if len(state.polls) >= MOST_QUESTIONS:
        raise Refused("too_many_questions", limit=MOST_QUESTIONS)
    return e.PollAdded(QuestionId(context.new_id), check_asked(command.question))


def open_poll(state: Consultation, command: c.OpenPoll, context: Context) -> e.PollOpened:
    """Once: what was asked and closed is not asked again, since its totals may be known. Raises: Refused ``not_found``, ``already``."""
    context.allow("run_polls")
    context.in_phase(state, "open_poll")
    _check_poll(state, command.question, "waiting")
    return e.PollOpened(command.question, context.now)


def close_poll(state: Consultation, command: c.ClosePoll, context: Context) -> e.PollClosed:
    """Raises: Refused ``not_found``, ``already``."""
    context.allow("run_polls")
    context.in_phase(state, "close_poll")
    _check_poll(state, command.question, "open")
    return e.PollClosed(command.question, context.now)


def _check_poll(state: Consultation, question: QuestionId, wanted: PollState) -> None:
    standing = state.polls.get(question)
    if standing is None:
        raise Refused("not_found")
    if standing != wanted:
        raise Refused("already", state=standing)
