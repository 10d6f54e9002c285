"""The dossier beside a draft: the submission (tờ trình), a comparison, whatever else readers should have. Here stands what is known of
each paper; its bytes are elsewhere."""

from typing import Literal

import msgspec

from server.kernel.ids import PaperId

PaperKind = Literal["submission", "comparison", "assessment", "other"]

MOST_PAPERS = 50
LARGEST_BYTES = 20 << 20
MEDIA_TYPES = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text/plain",
)
"""What is taken: formats of documents, none that a browser runs."""

FILE_NAME_LIMIT = 200


class Paper(msgspec.Struct, frozen=True):
    """One file of the dossier. ``sha256`` (hex) is that of its ``size`` bytes."""

    id: PaperId
    kind: PaperKind
    title: str
    file_name: str
    media_type: str
    size: int
    sha256: str
