"""Logs: one JSON object a line, on standard error, without anything personal."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

_LONGEST_MESSAGE = 1_000


class JsonLines(logging.Formatter):
    """``time``, ``level``, ``logger``, ``message``, what was given as ``extra={"facts": {…}}``, and a failure's type and places.

    A failure's own words are left out when they come from the database, for they may quote what a citizen wrote. JSON escapes line
    ends and control characters, so no text can forge a line or speak to a terminal.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:_LONGEST_MESSAGE],
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, dict):
            line |= facts
        if record.exc_info and record.exc_info[1] is not None:
            line["failure"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=str)


def describe(failure: BaseException) -> dict[str, object]:
    """The type of a failure, where it happened (innermost last), and its words where they cannot be a citizen's."""
    told: dict[str, object] = {"type": type(failure).__qualname__}
    sqlstate = getattr(failure, "sqlstate", None)
    if sqlstate is not None:
        told |= {"sqlstate": sqlstate, "constraint": getattr(failure, "constraint_name", None)}
    else:
        told["words"] = str(failure)[:_LONGEST_MESSAGE]
    told["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(failure.__traceback__)]
    if failure.__cause__ is not None:
        told["cause"] = describe(failure.__cause__)
    return told


def log_as_json(level: str) -> None:
    """Sends everything that is logged in this process to standard error in this form. Call it once, before anything is logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # addresses and queries; the edge logs requests without them
