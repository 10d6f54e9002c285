"""What the database's clock shows, as this process knows it without asking."""

from collections import deque
from datetime import UTC, datetime, timedelta

SAMPLES = 16


class Clock:
    """The database's clock decides what is late; this one says when to ask it. It is behind by less than the quickest of the last
    answers was under way."""

    def __init__(self) -> None:
        self._ahead: deque[timedelta] = deque(maxlen=SAMPLES)

    def saw(self, moment: datetime) -> None:
        """The database has just said that it is ``moment`` (UTC)."""
        self._ahead.append(moment - datetime.now(UTC))

    def now(self) -> datetime:
        """The time (UTC)."""
        # An answer that was long under way makes its clock look slow, never fast.
        return datetime.now(UTC) + max(self._ahead, default=timedelta())
