"""The dossier beside a draft: the editor adds files and, while it is a draft, takes them out; everybody reads them."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.papers import LARGEST_BYTES, MOST_PAPERS, Paper
from consultations.phases import TABLE
from consultations.tree import search_key
from consultations.words import TITLE_LIMIT
from server.documents.kinds import ENDINGS, media_type_of
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import PaperId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import File
from server.store.papers import read_paper
from server.store.reading import Listed
from server.web.consultation_page import find_consultation
from server.web.desk import DESK, Desk, command_of, desk_url, field_error, fresh_command, head, in_hand
from server.web.door import Door, form, page
from server.web.fields import file_name_of, number_in_path, number_of, text_of
from server.web.pages import redirect
from server.web.papers import FILES, KIND_WORDS, papers_of
from server.web.views import FormError

ROOM_FOR_FIELDS = 64 << 10
_READERS_AT_ONCE = 2
"""Files are up to 20 MB and are read whole: so many at once are in memory for reading what they are."""


class Dossier:
    """The editor's page of the dossier, and the files themselves."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._places = asyncio.Semaphore(_READERS_AT_ONCE)

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}/" + FILES
        return (
            page(one, Action.READ_DRAFT, self.dossier),
            form(one, Action.EDIT_CONSULTATION, self.add, limit=LARGEST_BYTES + ROOM_FOR_FIELDS, files=1),
            form(one + "/bo", Action.EDIT_CONSULTATION, self.remove),
            page("/lay-y-kien/{slug}/" + FILES + "/{paper:int}", Action.READ_PUBLIC, self.file),
        )

    async def dossier(self, request: Request) -> Response:
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.READ_DRAFT)
        return await self._dossier(request, found, fresh_command())

    async def add(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.EDIT_CONSULTATION)
        command = await command_of(request)
        kind, title = await text_of(request, "kind", 20), await text_of(request, "title", 4 * TITLE_LIMIT)
        sent = (await request.form()).get("file")
        say = translator(viewer.lang)
        chosen = next((known for known in KIND_WORDS if known == kind), None)
        if chosen is None:
            error = FormError("kind", say("Xin chọn loại tài liệu."))
            return await self._dossier(request, found, command, kind, title, (error,))
        if not isinstance(sent, UploadFile) or not sent.filename:
            return await self._dossier(request, found, command, kind, title, (FormError("file", say("Xin chọn một tệp.")),))
        try:
            async with self._places:
                data = await sent.read()
                media_type = await asyncio.to_thread(media_type_of, data)
            name = file_name_of(sent.filename, ENDINGS[media_type])
            named = title.strip() or name.rpartition(".")[0]
            await self._desk.consulting.add_paper(viewer, command, found.id, chosen, named, File(name, media_type, data))
        except Refused as refused:
            if refused.code not in ("bad_paper", "bad_document", "too_many_papers", "too_large", "too_long"):
                raise
            return await self._dossier(request, found, command, kind, title, (field_error(refused, viewer.lang, "file"),))
        return redirect(request, f"{desk_url(found)}/{FILES}", notice="paper_added")

    async def remove(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.EDIT_CONSULTATION)
        command, paper = await command_of(request), PaperId(await number_of(request, "paper"))
        await self._desk.consulting.change(viewer, command, found.id, c.RemovePaper(paper))
        return redirect(request, f"{desk_url(found)}/{FILES}", notice="paper_removed")

    async def file(self, request: Request) -> Response:
        """One file, to be kept and not to be shown: whatever it holds, it runs nowhere."""
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await find_consultation(connection, viewer, request.path_params["slug"])
            read = await read_paper(connection, found.id, PaperId(number_in_path(request, "paper")))
        if read is None:
            raise Refused("not_found")
        paper, data = read
        kept = "private, no-cache" if found.phase == "draft" else "public, max-age=86400"
        return Response(data, media_type=paper.media_type, headers=_headers(paper) | {"cache-control": kept})

    async def _dossier(
        self, request: Request, found: Listed, command: str, kind: str = "", title: str = "", errors: tuple[FormError, ...] = ()
    ) -> Response:
        lang = request.state.viewer.lang
        say = translator(lang)
        async with self._desk.pool.acquire() as connection:
            papers = await papers_of(connection, found, lang)
        return self._desk.pages.render(
            request,
            "editing/dossier.html",
            status=422 if errors else 200,
            head=head(found, lang, say("Hồ sơ")),
            summary=found.summary,
            papers=papers,
            commands={paper.id: fresh_command() for paper in papers},
            adding=found.phase in TABLE["add_paper"],
            removing=found.phase in TABLE["remove_paper"],
            kinds=[(value, say(words)) for value, words in KIND_WORDS.items()],
            kind=kind,
            title=title,
            title_limit=TITLE_LIMIT,
            most=MOST_PAPERS,
            largest_mb=LARGEST_BYTES >> 20,
            command=command,
            errors=errors,
        )


def _headers(paper: Paper) -> dict[str, str]:
    plain = "".join(sign if sign.isalnum() or sign in ".-" else "-" for sign in search_key(paper.file_name) if sign.isascii())
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(paper.file_name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
    }
