"""What an upload may cost."""

from server.kernel.refused import Refused

LARGEST_FILE_BYTES = 20_000_000
"""The largest upload. The longest laws, as Word files without pictures, have under 1 MB."""

LARGEST_PART_BYTES = 24_000_000
"""The largest part of a .docx, unpacked. A text of 250,000 characters has about 2 MB of XML."""

LONGEST_TEXT = 3_000_000
"""The longest text in characters: more than all laws of one session of the National Assembly."""


def bad_document(reason: str, **detail: object) -> Refused:
    """The refusal of an uploaded file, with its reason."""
    return Refused("bad_document", reason=reason, **detail)
