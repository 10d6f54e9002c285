"""``python3 -m server phases``: the life of a consultation in words and drawn, made from its one table."""

from consultations.phases import manual
from server.bootstrap import ROOT

MANUAL = ROOT / "consultations" / "PHASES.md"


def write_manual() -> int:
    """Rewrites the manual. Returns the exit status."""
    MANUAL.write_text(manual(), encoding="utf-8")
    return 0
