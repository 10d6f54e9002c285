"""How an event changes the state. No rule is here, and nothing here fails."""

from collections.abc import Iterable

from msgspec.structs import replace

from consultations import events as e
from consultations.state import NOTHING, Consultation, Contribution
from server.kernel.ids import ContributionId


def evolve(state: Consultation, event: e.AnyEvent) -> Consultation:
    """``state`` after ``event``."""
    match event:
        case e.Created():
            return replace(state, agency=event.agency, title=event.title, summary=event.summary)
        case e.Described():
            return replace(state, title=event.title, summary=event.summary)
        case e.TextPlaced():
            return replace(state, places=event.places, questions=event.questions)
        case e.Published():
            return replace(
                state,
                phase=event.phase,
                opens_at=event.opens_at,
                closes_at=event.closes_at,
                moderation=event.moderation,
                tallies=event.tallies,
                document=event.document,
                rule=event.rule,
                target=event.target,
                announced_at=event.announced_at,
            )
        case e.Opened():
            return replace(state, phase="open")
        case e.Closed():
            return replace(state, phase="closed", closes_at=event.closes_at)
        case e.Reminded():
            return replace(state, reminded=(*state.reminded, event.what))
        case e.Suspended():
            return replace(state, phase="suspended", suspended_at=event.at)
        case e.Resumed():
            return replace(state, phase=event.phase, opens_at=event.opens_at, closes_at=event.closes_at, suspended_at=None)
        case e.Cancelled():
            return replace(state, phase="cancelled", closes_at=event.at, suspended_at=None)
        case e.Archived():
            return replace(state, phase="archived")
        case e.PaperAdded():
            return replace(state, papers={**state.papers, event.paper.id: event.paper})
        case e.PaperRemoved():
            return replace(state, papers={id: paper for id, paper in state.papers.items() if id != event.paper})
        case e.QuestionsAsked():
            return replace(state, asked=len(event.questions))
        case e.PollAdded():
            return replace(state, polls={**state.polls, event.question: "waiting"})
        case e.PollOpened():
            return replace(state, polls={**state.polls, event.question: "open"})
        case e.PollClosed():
            return replace(state, polls={**state.polls, event.question: "closed"})
        case e.VersionPlaced():
            return replace(state, version=event.number, places=event.places, questions=event.questions)
        case e.Contributed():
            return _with(state, event.contribution)
        case e.Edited():
            return _changed(
                state,
                event.contribution,
                {
                    "text": event.text,
                    "suggestion": event.suggestion,
                    "state": event.state,
                    "revision": event.revision,
                    "edited_at": event.at,
                    # New words, which nobody has yet ruled on or answered.
                    "appeal": None,
                    "disposition": None,
                },
            )
        case e.Withdrawn():
            return _changed(state, event.contribution, {"state": "withdrawn"})
        case e.Erased():
            return _changed(
                state,
                event.contribution,
                {
                    "state": event.state,
                    "revision": event.revision,
                    "erased_at": event.at,
                    **dict.fromkeys(("name", "text", "reason", "appeal_reason"), ""),
                    **dict.fromkeys(("suggestion", "base"), None),
                },
            )
        case e.Ruled():
            return _changed(
                state,
                event.contribution,
                {"state": event.state, "rule": event.rule, "reason": event.reason, "ruled_by": event.by, "ruled_at": event.at},
            )
        case e.Appealed():
            appeal = {"appeal": "open", "appealed_at": event.at, "appeal_reason": event.reason}
            return _changed(state, event.contribution, appeal)
        case e.AppealDecided(granted=True):
            return _changed(state, event.contribution, {"appeal": "granted", "state": "visible", "rule": None, "reason": event.reason})
        case e.AppealDecided():
            return _changed(state, event.contribution, {"appeal": "refused", "reason": event.reason})
        case e.Disposed():
            for contribution in event.contributions:
                state = _changed(state, contribution, {"disposition": event.disposition})
            return state
        case e.Answered():
            return replace(state, phase="answered", answered_at=event.at)


def replay(events: Iterable[e.AnyEvent]) -> Consultation:
    """The state after all ``events``, from nothing."""
    state = NOTHING
    for event in events:
        state = evolve(state, event)
    return state


def _with(state: Consultation, contribution: Contribution) -> Consultation:
    return replace(state, contributions={**state.contributions, contribution.id: contribution})


def _changed(state: Consultation, contribution: ContributionId, changes: dict[str, object]) -> Consultation:
    found = state.contributions.get(contribution)
    return state if found is None else _with(state, replace(found, **changes))
