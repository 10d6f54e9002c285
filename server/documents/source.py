"""The text in which an editor corrects a draft, as it comes from a form. Its form is described in ``consultations.source``."""

import consultations.source
from consultations.blocks import Imported
from consultations.source import to_source
from server.documents.text import decode

__all__ = ["from_source", "to_source"]


def from_source(source: str) -> Imported:
    """The draft that an editor's text describes.

    Raises:
        Refused: ``bad_document`` with ``too_large``, ``not_a_document`` or ``wrong_encoding``, as for an uploaded file.
    """
    return consultations.source.from_source(decode(source.encode("utf-8", "surrogatepass")))
