"""Every rule of a consultation: ``decide(state, command, context)`` gives the events, or raises ``Refused``."""

from consultations import answering, asking, contributing, erasing, life, moderating
from consultations import commands as c
from consultations import events as e
from consultations.context import Context as Context
from consultations.life import FARTHEST as FARTHEST
from consultations.life import LONGEST as LONGEST
from consultations.state import Consultation


def decide(state: Consultation, command: c.Command, context: Context) -> list[e.AnyEvent]:
    """The events that ``command`` causes. What may be done when is in ``consultations.phases``.

    Raises:
        Refused: ``not_allowed``, ``wrong_phase`` (with ``phase``), ``not_found``, ``empty``, ``too_long``, ``already`` (with ``state``),
            and what each rule says.
    """
    match command:
        case c.Create():
            return [life.create(state, command, context)]
        case c.Describe():
            return [life.describe(state, command, context)]
        case c.PlaceText():
            return [life.place_text(state, command, context)]
        case c.PlaceVersion():
            return [life.place_version(state, command, context)]
        case c.Publish():
            return [life.publish(state, command, context)]
        case c.Close():
            return [life.close(state, command, context)]
        case c.Suspend():
            return [life.suspend(state, command, context)]
        case c.Resume():
            return [life.resume(state, context)]
        case c.Cancel():
            return [life.cancel(state, command, context)]
        case c.Archive():
            return [life.archive(state, context)]
        case c.AddPaper():
            return [life.add_paper(state, command, context)]
        case c.RemovePaper():
            return [life.remove_paper(state, command, context)]
        case c.Ask():
            return [asking.ask(state, command, context)]
        case c.AddPoll():
            return [asking.add_poll(state, command, context)]
        case c.OpenPoll():
            return [asking.open_poll(state, command, context)]
        case c.ClosePoll():
            return [asking.close_poll(state, command, context)]
        case c.Tick():
            return life.tick(state, context)
        case c.Contribute():
            return [contributing.contribute(state, command, context)]
        case c.Enter():
            return contributing.enter(state, command, context)
        case c.Edit():
            return [contributing.edit(state, command, context)]
        case c.Withdraw():
            return [contributing.withdraw(state, command, context)]
        case c.Erase():
            return [erasing.erase(state, command, context)]
        case c.Rule():
            return [moderating.rule(state, command, context)]
        case c.RuleMany():
            return moderating.rule_many(state, command, context)
        case c.UndoRulings():
            return moderating.undo_rulings(state, command, context)
        case c.Appeal():
            return [moderating.appeal(state, command, context)]
        case c.DecideAppeal():
            return [moderating.decide_appeal(state, command, context)]
        case c.Dispose():
            return [answering.dispose(state, command, context)]
        case c.PublishAnswers():
            return [answering.publish_answers(state, context)]
