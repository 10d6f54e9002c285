"""Files that come as papers of meetings: checked, made a PDF, with the words in them; and how they are given out again."""

import asyncio
from hashlib import sha256
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request

from consultations.tree import search_key
from server.documents.apart import Reader
from server.documents.kinds import DOCX, ENDINGS, PDF, media_type_of
from server.documents.to_pdf import Converter
from server.kernel.ids import AgencyId
from server.kernel.refused import Refused
from server.store.room_papers import NewVersion
from server.web.fields import file_name_of
from server.web.turns import Turns

ROOM_FOR_FIELDS = 64 << 10
"""Bytes of a form beside its file."""
BAD_FILES = frozenset({"bad_document", "bad_meeting_paper", "empty", "no_converter", "rate_limited", "too_large"})
"""What is wrong with a file, and is said beside its field."""
_AT_ONCE = 2
"""Files are read whole when they come, and may have to be converted: so many at once, each of another agency."""


class PaperIntake:
    """Takes files in, a few at a time."""

    def __init__(self, reader: Reader, converter: Converter) -> None:
        self._reader = reader
        self._converter = converter
        self._turns = Turns(_AT_ONCE)

    async def converts(self) -> bool:
        """Whether a Word file can be made a PDF here."""
        return await self._converter.able()

    async def file(self, request: Request, agency: AgencyId) -> NewVersion:
        """The file of a form, as a PDF, with the words in it; ``agency`` is that of the room, which waits for its own files.

        Raises: Refused ``bad_meeting_paper``, ``bad_document``, ``no_converter``, ``empty``, ``rate_limited``.
        """
        sent = (await request.form()).get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise Refused("empty", field="file")
        async with self._turns.of(agency):
            data = await sent.read()
            try:
                kind = await asyncio.to_thread(media_type_of, data)
            except Refused as refused:
                raise Refused("bad_meeting_paper") if refused.code == "bad_paper" else refused from None
            if kind not in (PDF, DOCX):
                raise Refused("bad_meeting_paper")
            if kind == DOCX:
                data = await self._converter.to_pdf(data)
            read = await self._reader.read_pdf(data)
        name = file_name_of(sent.filename, ENDINGS[kind]).removesuffix(ENDINGS[kind]) + ENDINGS[PDF]
        digest = await asyncio.to_thread(lambda: sha256(data).hexdigest())
        return NewVersion(name, kind == DOCX, digest, data, read.words, read.directory)


def headers_of(file_name: str) -> dict[str, str]:
    """With these a file is kept under its name, and whatever is in it runs nowhere."""
    plain = "".join(sign if sign.isalnum() or sign in ".-" else "-" for sign in search_key(file_name) if sign.isascii())
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "no-store",
    }
