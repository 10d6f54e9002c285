"""A consultation to report on: opinions of every kind on a draft of many điều, the same each time."""

import random
from datetime import date

from consultations.report import DISPOSITIONS, Contributor, Cover, Kind, Opinion, Place
from server.kernel.ids import ContributionId

COVER = Cover(
    agency="Sở Tư pháp",
    parent_agency="Ủy ban nhân dân tỉnh Mẫu",
    title="Quyết định ban hành Quy chế tiếp nhận, xử lý phản ánh, kiến nghị",
    period=(date(2026, 9, 1), date(2026, 10, 31)),
    signer="Phó Giám đốc",
    authority="KT. Giám đốc",
    number=7,
    symbol="BTH-STP",
    place="Mẫu Sơn",
    day=date(2026, 11, 5),
    basis=("Luật Ban hành văn bản quy phạm pháp luật ngày 19 tháng 02 năm 2025", "Căn cứ Nghị định số 78/2025/NĐ-CP;"),
    recipients=("Như trên;", "Lưu: VT, XDVB."),
    asked={"agency": 32, "organisation": 12, "front": 6},
)

_SPEECH = (
    "đề nghị làm rõ quy định về thẩm quyền của cơ quan chủ trì soạn thảo trong việc tiếp thu giải trình ý kiến góp ý của nhân dân bảo đảm "
    "công khai minh bạch thời hạn trả lời không quá mười ngày làm việc kể từ ngày nhận được phản ánh hợp lệ trên Cổng Dịch vụ công"
)
_SYLLABLES = tuple(_SPEECH.split())
_KINDS: tuple[Kind, ...] = ("citizen",) * 6 + ("business", "organisation", "agency", "civil_servant")


def many_opinions(count: int, articles: int) -> list[Opinion]:
    """So many opinions on a draft of so many điều: 15 to 80 syllables each, every thirtieth on the whole draft, every fortieth a review."""
    chance = random.Random(10)

    def words(least: int, most: int) -> str:
        said = " ".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(least, most)))
        return f"{said.capitalize()}."

    places: list[Place] = []
    for article in range(1, articles + 1):
        heading = f"Điều {article}. {words(4, 8)[:-1]}"
        labels = [f"Điều {article}"]
        for clause in range(1, 5):
            labels += [f"Khoản {clause} Điều {article}", f"Điểm a khoản {clause} Điều {article}"]
        places += [Place(len(places) + number, heading, label) for number, label in enumerate(labels)]
    opinions = []
    for id in range(1, count + 1):
        review, disposition = id % 40 == 0, chance.choice(DISPOSITIONS)
        kind: Kind = "front" if review else chance.choice(_KINDS)
        accepted = disposition in ("accepted", "partly_accepted")
        opinions.append(
            Opinion(
                id=ContributionId(id),
                by=Contributor(f"Chủ thể {id}", kind, id % 3 > 0),
                words="\n".join(words(15, 80) for _ in range(2 if id % 5 == 0 else 1)),
                disposition=disposition,
                explanation=words(10, 40),
                place=None if id % 30 == 0 else chance.choice(places),
                change=f"khoản 3 Điều {id % articles + 1}" if accepted else "",
                link=f"https://gopy.example.vn/vi/1/v2#dieu-{id % articles + 1}-khoan-3" if accepted else "",
                review=review,
            )
        )
    return opinions
