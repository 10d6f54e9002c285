"""What the rules must be given to decide on a command: the contributions it speaks of, the sources it names, numbers for what is new."""

from consultations import commands as c
from server.kernel.ids import ContributionId
from server.store import contributions, dispositions, papers, questions
from server.store.connection import Connection


def spoken_of(command: c.Command) -> tuple[ContributionId, ...]:
    """The contributions that the rules must know to decide on ``command``."""
    match command:
        case c.Contribute(parent=parent):
            return () if parent is None else (parent,)
        case c.Edit() | c.Withdraw() | c.Erase() | c.Rule() | c.Appeal() | c.DecideAppeal():
            return (command.contribution,)
        case c.RuleMany() | c.Dispose():
            return command.contributions
        case c.UndoRulings(rulings=rulings):
            return tuple(one.contribution for one in rulings)
        case _:
            return ()


def sources(command: c.Command) -> list[str]:
    """The keys of the sources of what is entered."""
    return [entry.source_key for entry in command.entries] if isinstance(command, c.Enter) else []


async def new_id(connection: Connection, command: c.Command) -> int:
    """The number for the first new thing that the command makes."""
    match command:
        case c.Contribute():
            return await contributions.next_ids(connection, 1)
        case c.Enter():
            return await contributions.next_ids(connection, max(1, len(command.entries)))
        case c.Dispose():
            return await dispositions.next_disposition_id(connection)
        case c.AddPoll():
            return await questions.next_question_id(connection)
        case c.AddPaper():
            return await papers.next_paper_id(connection)
        case _:
            return 0
