"""``python3 -m server settings``: the table of settings in the README, made from the settings struct."""

from server.bootstrap import ROOT, stop
from server.settings import settings_table

README = ROOT / "README.md"
_BEGIN = "<!-- settings: written by python3 -m server settings -->\n"
_END = "<!-- end of settings -->\n"


def with_current_table(text: str) -> str:
    """The README's text with the table between its two marks made anew.

    Raises: ValueError when the marks are missing.
    """
    before, found, rest = text.partition(_BEGIN)
    _, found_end, after = rest.partition(_END)
    if not found or not found_end:
        raise ValueError(f"README.md lacks the lines {_BEGIN!r} and {_END!r}")
    return f"{before}{_BEGIN}{settings_table()}{_END}{after}"


def write_settings_table() -> int:
    """Rewrites the table in the README. Returns the exit status."""
    try:
        README.write_text(with_current_table(README.read_text("utf-8")), encoding="utf-8")
    except ValueError as error:
        stop(str(error))
    return 0
