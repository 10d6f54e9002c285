"""A consultation on a plain list of statements, one vote each, instead of a draft."""

from consultations.words import clean
from server.kernel.refused import Refused

STATEMENT_LIMIT = 1_000
MOST_STATEMENTS = 1_000


def read_statements(text: str) -> list[str]:
    """The statements written one a line; empty lines count for nothing.

    Raises:
        Refused: ``no_text``, ``too_many`` (with ``limit``), ``too_long`` (with ``line``), ``said_twice`` (with ``line``). Lines are
            counted from 1 as they are written. Two equal statements would share the votes between them.
    """
    found: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            statement = clean(line, "statements", STATEMENT_LIMIT, lines=False)
        except Refused as refused:
            if refused.code == "empty":
                continue
            raise Refused(refused.code, **(refused.detail | {"line": number})) from None
        if statement in found:
            raise Refused("said_twice", field="statements", line=number)
        found.append(statement)
    if not found:
        raise Refused("no_text", field="statements")
    if len(found) > MOST_STATEMENTS:
        raise Refused("too_many", field="statements", limit=MOST_STATEMENTS)
    return found
