"""A consultation that has gone the whole way: two versions, opinions followed from one into the other, every answer published."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from consultations import commands as c
from consultations.contribution import Kind, Outcome, Side
from consultations.places import placed_nodes
from consultations.questions import Asked
from consultations.report import Cover
from consultations.tree import Draft, anchors, content, find
from server.demo.content import AGENCY_NAME
from server.demo.doors import Doors, begin, command_id, publish, vote
from server.documents import import_document
from server.jobs.reporting import add_report_job
from server.kernel.ids import ConsultationId, ContributionId, NodeId, QuestionId
from server.kernel.vietnam import VIETNAM
from server.realtime.consulting import text_of
from server.realtime.notices import NOTICE
from server.store import jobs, questions, reports
from server.web.fates import Placer

_HERE = Path(__file__).parent

TITLE = "Dự thảo Quy chế quản lý, sử dụng nhà văn hóa thôn, tổ dân phố"
TITLE_EN = "Draft rules for the use of village and neighbourhood cultural houses"
SUMMARY = (
    "Đợt lấy ý kiến mẫu đã đi hết các bước: dự thảo có hai phiên bản, từng ý kiến được theo từ phiên bản đầu sang phiên bản sau và "
    "được trả lời, chỗ nào tiếp thu thì dẫn đến đúng khoản đã sửa."
)
SUMMARY_EN = (
    "A sample consultation that has gone the whole way: the draft has two versions, each opinion is followed from the first into the "
    "second and answered, and what was accepted leads to the very clause that was changed."
)
POLL = Asked("single", "Nhà văn hóa nên mở cửa sớm nhất từ mấy giờ?", ("5 giờ", "5 giờ 30 phút", "6 giờ"))
CLOSED_BECAUSE = "Kết thúc sớm để trình diễn phần trả lời ý kiến."


class Told(NamedTuple):
    """What a citizen says of a node (``anchor`` of the first version; empty for the whole) and what the agency answers. ``changed`` is
    the node of the second version that has what was accepted."""

    who: int
    anchor: str
    text: str
    outcome: Outcome
    explanation: str
    changed: str = ""
    side: Side | None = None
    quote: str = ""
    suggestion: str | None = None
    kind: Kind = "citizen"
    supporters: tuple[int, ...] = ()


TOLD = (
    Told(
        1, "dieu-2-khoan-3", "Không nên thu phí sinh hoạt chung; nhiều hộ không có điều kiện.",
        "accepted", "Đã bỏ quy định thu phí và quy định rõ sinh hoạt chung không thu phí.", "dieu-3-khoan-1",
        side="against", supporters=(2, 3),
    ),
    Told(
        2, "dieu-3-khoan-1", "Người cao tuổi tập thể dục từ sáng sớm, nên mở sớm hơn hai giờ.",
        "partly_accepted", "Mở sớm hơn một giờ rưỡi; sớm hơn nữa thì chưa bố trí được người trông coi.", "dieu-4-khoan-1",
        side="neutral", quote="từ 7 giờ", supporters=(1,),
    ),
    Told(
        3, "dieu-4-khoan-1", "Người đi làm xa khó gặp trực tiếp trưởng thôn.",
        "accepted", "Tiếp thu nguyên câu chữ đề xuất.", "dieu-5-khoan-1", side="for", kind="organisation",
        suggestion="Người có nhu cầu đăng ký với trưởng thôn, tổ trưởng tổ dân phố trước ít nhất ba ngày, trực tiếp, qua điện thoại "
        "hoặc qua mạng.",
    ),
    Told(1, "dieu-5-khoan-2", "22 giờ là quá muộn với các hộ ở gần.", "accepted", "", "dieu-6-khoan-2", quote="sau 22 giờ"),
    Told(
        2, "dieu-5-khoan-1", "Nên quy định mức bồi thường cụ thể cho từng loại tài sản.",
        "not_accepted", "Mức bồi thường đã theo pháp luật dân sự; quy chế không quy định lại.",
    ),
    Told(3, "", "Dự thảo ngắn gọn, dễ hiểu.", "noted", ""),
)  # fmt: skip
ANSWER_TO_FIRST = "Thôn tôi cũng đang bỏ khoản thu này."


async def house(doors: Doors) -> None:
    """The whole way of it, unless it is there already."""
    first = import_document("quy-che.md", (_HERE / "house.md").read_bytes())
    describe = c.Describe(TITLE, TITLE_EN, SUMMARY, SUMMARY_EN)
    consultation = await begin(doors, "house", describe, "nha-van-hoa-thon", text_of(first, "quy-che.md", _english("house.en.md")))
    if consultation is None:
        return
    await publish(doors, "house", consultation, 30, "live")
    made = await _opinions(doors, consultation, first.draft)
    await vote(doors, "house", consultation, 3)
    await _poll(doors, consultation)
    nodes = await _second_version(doors, consultation, first.draft)
    await vote(doors, "house second", consultation, 3)
    await doors.consulting.change(doors.editor, command_id("house close"), consultation, c.Close(CLOSED_BECAUSE))
    for told, contribution in made:
        node = nodes[told.changed] if told.changed else None
        command = c.Dispose((contribution,), told.outcome, told.explanation, node)
        await doors.consulting.change(doors.editor, command_id(f"house answer {contribution}"), consultation, command)
    await doors.consulting.change(doors.editor, command_id("house answers"), consultation, c.PublishAnswers())
    day = datetime.now(VIETNAM).date()
    cover = Cover(AGENCY_NAME, TITLE.removeprefix("Dự thảo "), (day, day), "CHỦ TỊCH", authority="TM. ỦY BAN NHÂN DÂN")
    async with doors.pool.acquire() as connection:
        report = await reports.ask(connection, consultation, cover)
        assert report is not None  # nobody else asks for one of the demo
        await add_report_job(connection, report)
    await jobs.end_jobs_of(doors.pool, NOTICE, consultation)  # nobody reads letters to the demo's accounts


async def _opinions(doors: Doors, consultation: ConsultationId, draft: Draft) -> list[tuple[Told, ContributionId]]:
    nodes = {anchor: node for node, anchor in anchors(draft).items()}
    made = []
    for position, told in enumerate(TOLD):
        citizen = doors.citizen(told.who)
        node = nodes[told.anchor] if told.anchor else None
        path = find(draft, node) if node is not None and told.suggestion is not None else None
        command = c.Contribute(
            node,
            told.text,
            citizen.name,
            quote=told.quote,
            side=told.side,
            kind=told.kind,
            suggestion=told.suggestion,
            base=hashlib.sha256(content(path[-1]).encode()).hexdigest() if path else None,
        )
        given = await doors.consulting.speak(citizen, command_id(f"house opinion {position}"), consultation, command)
        assert given.contribution is not None
        made.append((told, given.contribution))
        for number in told.supporters:
            await doors.consulting.support(doors.citizen(number), given.contribution, True)
    other = doors.citizen(2)
    answer = c.Contribute(None, ANSWER_TO_FIRST, other.name, parent=made[0][1])
    await doors.consulting.speak(other, command_id("house reply"), consultation, answer)
    return made


async def _poll(doors: Doors, consultation: ConsultationId) -> None:
    await doors.consulting.change(doors.editor, command_id("house poll"), consultation, c.AddPoll(POLL))
    async with doors.pool.acquire() as connection:
        [poll] = await questions.poll_states(connection, consultation)
    await doors.consulting.change(doors.editor, command_id("house poll opened"), consultation, c.OpenPoll(QuestionId(poll)))
    for number, choice in ((1, 0), (2, 1), (3, 1)):
        person = doors.citizen(number).person
        assert person is not None
        await doors.writer.cast(person, command_id(f"house poll vote {number}"), poll, choice)
    await doors.consulting.change(doors.editor, command_id("house poll closed"), consultation, c.ClosePoll(QuestionId(poll)))


async def _second_version(doors: Doors, consultation: ConsultationId, earlier: Draft) -> dict[str, NodeId]:
    """Puts it in place; its nodes by their anchors."""
    second = import_document("quy-che-2.md", (_HERE / "house.next.md").read_bytes())
    placer = Placer({1: earlier}, second.draft, {one.node: one.place for one in placed_nodes(second.draft)})
    text, came_from = text_of(second, "quy-che-2.md", _english("house.next.en.md")), placer.correspondences[1].predecessors
    await doors.consulting.place_version(doors.editor, command_id("house second"), consultation, 2, text, came_from, placer.place)
    return {anchor: node for node, anchor in anchors(second.draft).items()}


def _english(name: str) -> Draft:
    return import_document(name, (_HERE / name).read_bytes()).draft
