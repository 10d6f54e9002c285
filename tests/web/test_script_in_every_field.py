"""Markup in every field that any page offers, and in the name of every file: it is shown as the words it is, wherever it comes out.

Forms are found as people find them, on the pages of the finished product; each is sent once with a marked payload in all its fields
for words, and then every address is read by everybody.
"""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from typing import Any, NamedTuple

import httpx
import typst
from lxml import etree, html

from server.identity.keys import new_secret
from server.identity.policy import Action
from server.store import people
from server.store.connection import Pool
from server.web.door import Door
from tests.web import test_policy_everywhere as everywhere
from tests.web.dossiers import dossier_zip
from tests.web.knocks import KNOCKS
from tests.web.office import DECREE
from tests.web.open_site import OpenSite
from tests.web.site import plain
from tests.web.test_following import follow
from tests.web.test_policy_everywhere import Product, address, key_of
from tests.web.things import Things, things

product = everywhere.product

MARK = "x5x"
PAYLOAD = f"=\"'><img src={MARK} onerror={MARK}()></script>{{{{7*7}}}}"
"""A formula, the end of an attribute in either quotes, an element that runs, and a template's braces."""
SOURCE = f"{DECREE}\n### Điều 3. {PAYLOAD}\n{PAYLOAD}\n"
CELL = f'"{PAYLOAD.replace(chr(34), chr(34) * 2)}"'
PDF = typst.compile(b"#sys.inputs.words", sys_inputs={"words": PAYLOAD})
FILES = {
    "/noi-dung/tep": ("md", SOURCE.encode()),
    "/phien-ban/tep": ("md", SOURCE.encode()),
    "/ho-so": ("txt", PAYLOAD.encode()),
    "/tiep-nhan/moi": ("zip", dossier_zip(PAYLOAD, PAYLOAD)),
    "/nhap-tep": ("csv", f"Nội dung;Tên hiển thị;Loại chủ thể\n{CELL};Hộ dân;Người dân\n".encode()),
    "/thanh-phan/nhap": ("csv", f"Thư điện tử;Họ và tên;Cơ quan\nmoi@example.vn;{CELL};{CELL}\n".encode()),
    "/tai-lieu": ("pdf", PDF),
    "/phien-ban": ("pdf", PDF),
}
"""What is sent as a file, by the end of the form's address."""

VALUES = {"date": "2026-01-01", "number": "1", "email": "moi@example.vn", "time": "08:00", "tel": "0900000000"}
SUGGEST = "de-xuat"
"""The button that asks for other fields."""
TYPED = ("text", "search", "textarea", "password", "url")
NOT_SENT = re.compile(r"/(dang-xuat|bo|rut|xoa|thiet-bi|thiet-bi-khac|bo-vai-tro|rut-loi-moi|thu-hoi|huy|luu-tru)$|/(loi-moi|thu|mau)/")
"""Forms in which nothing is written, and which end what others need; and those of the style page, which are samples."""
PLAIN = {
    "slug": "co-quan-moi",
    "hosts": "toi@example.vn",
    "members": "",
    "starts_time": "08:00",
    "ends_time": "09:00",
    "most": "1",
    "options": f"{PAYLOAD}\nHai",
    "quote": "",
    "number": "7",
    "symbol": "BTH",
    "minutes": "30",
    "weight": "1",
    "page": "1",
    "duty": "Thành viên",
    **dict.fromkeys(("secret", "live", "principal", "hall"), ""),
}
"""What is accepted by fields that are not for any words; sent when the payload was refused there."""
LAST = ("/phat-bieu", "/phien-ban/xac-nhan", "/tam-dung", "/ket-thuc")
"""What is sent after all else, in this order."""


WRITTEN = {
    *("/quan-tri", "/quan-tri/ten", "/tai-khoan/ten", "/bien-tap", "/bien-tap/mo-ta", "/bien-tap/ho-so", "/bien-tap/tam-dung"),
    *("/bien-tap/noi-dung/tep", "/bien-tap/noi-dung/sua", "/bien-tap/phien-ban/tep", "/bien-tap/cau-hoi", "/bien-tap/tham-do"),
    *("/phong-hop/sua", "/phong-hop/thanh-phan/them", "/phong-hop/chuong-trinh/them", "/phong-hop/tai-lieu", "/phong-hop/bieu-quyet/moi"),
    *(
        "/lay-y-kien/bao-vi-pham",
        "/bien-tap/nhap-ho",
        "/bien-tap/nhap-tep",
        "/tiep-nhan/moi",
        "/bien-tap/tong-hop",
        "/kiem-duyet",
        "/lay-y-kien/gop-y",
        "/y-kien-cua-toi/sua",
    ),
}
"""Forms, but for the names of things, that must have taken the payload: a test that nobody let in would see nothing."""

EXITS = (
    *("{page}", "{page}/y-kien/dieu-1", "{page}/gop-y/1", "{page}/du-lieu.zip", "{page}/nguon-tin.atom", "{page}/the/vi", "{page}/nhung"),
    *("/tiep-nhan", "{dossier}", "{dossier}/v1", "{dossier}/y-kien", "{dossier}/du-lieu.zip"),
    *("{page}/nhat-ky", "{page}/nhat-ky.jsonl", "{api}", "{api}/contributions", "{api}/log", "/lich.ics", "/nguon-tin.atom"),
)
"""Where a visitor must have been shown it."""

AT_THE_DESK = ("phien-ban", "phien-ban/xac-nhan", "tong-hop", "tong-hop/xem-truoc", "ho-so", "nhap-tep", "hop-nhat/dieu-1", "tra-loi")


class Form(NamedTuple):
    """A form of a page: where it is sent, what stands in it, and which of its fields are for words."""

    action: str
    fields: dict[str, str]
    typed: frozenset[str]
    file: str


def forms_in(page: Any) -> list[Form]:
    """The forms of a page that change something, each filled in."""
    found = []
    for form in page.iter("form"):
        if form.get("method") != "post":
            continue
        fields: dict[str, str] = {}
        typed, file = set(), ""
        for field in form.iter("input", "textarea", "select", "button"):
            name, kind = field.get("name"), field.get("type", "text") if field.tag == "input" else field.tag
            if not name or field.get("disabled") is not None:
                continue
            if kind == "file":
                file = name
            elif kind in TYPED:
                typed.add(name)
                fields[name] = PAYLOAD if name != "source" else str(field.text).replace("Phạm vi điều chỉnh", PAYLOAD)
            elif kind == "select":
                values = [one.get("value", "") for one in field.iter("option")]
                fields[name] = next((value for value in values if value), "")
            elif kind in ("radio", "checkbox", "button"):
                if field.get("value") != SUGGEST:
                    fields.setdefault(name, field.get("value", "on"))
            else:
                fields[name] = field.get("value") or VALUES.get(kind, "")
        found.append(Form(form.get("action", "").partition("#")[0], fields, frozenset(typed), file))
    return found


class Reader:
    """One who reads and writes with a browser of their own, and looks whether anything they are shown would run."""

    def __init__(self, product: Product, cookies: dict[str, str]) -> None:
        transport = httpx.ASGITransport(product.edge, client=("127.0.0.1", 40_000))
        self._client = httpx.AsyncClient(transport=transport, base_url=product.origin, cookies=cookies)
        self._origin = product.origin
        self.forms: dict[tuple[str, frozenset[str], str], Form] = {}
        self.links: dict[str, str] = {}
        self.seen: Counter[str] = Counter()
        self.written: set[str] = set()

    async def get(self, path: str, **asked: str) -> None:
        self.look(path, await self._client.get(path, params=asked))

    async def send(self, form: Form) -> None:
        """Sends a form. The page to which it leads is read later."""
        files = None
        if form.file:
            ending, data = next(known for end, known in FILES.items() if form.action.endswith(end))
            files = {form.file: (f"{PAYLOAD}.{ending}", data)}
        fields = form.fields | ({"act": "luu"} if "source" in form.fields else {})
        tame = {name: "1" if name.startswith("asked-") else PLAIN.get(name, value) for name, value in fields.items()}
        for sent in (fields, tame)[: 2 if tame != fields else 1]:
            response = await self._client.post(form.action, data=sent, files=files, headers={"origin": self._origin})
            self.look(form.action, response)
            if response.is_redirect:
                if form.typed or form.file:
                    self.written.add(re.sub(r"/[^/]*co-quan", "", form.action))
                return

    def look(self, path: str, response: httpx.Response) -> None:
        """Nothing in the answer runs, and no header lets anything run."""
        assert response.status_code < 500, path
        headers = response.headers
        assert headers["x-content-type-options"] == "nosniff" and "unsafe" not in headers["content-security-policy"], path
        assert re.search(r"script-src 'self'(;|$)|default-src 'none'", headers["content-security-policy"]), path
        assert "<img" not in str(headers), path
        kind = headers.get("content-type", "").partition(";")[0]
        if MARK in response.text:
            self.seen[path] += 1
        match kind:
            case "text/html":
                page = html.fromstring(response.text)
                check_page(path, page)
                self.keep(page)
            case "application/json":
                json.loads(response.text)
            case "application/x-ndjson":
                for line in response.text.splitlines():
                    json.loads(line)
            case "application/atom+xml":
                assert {str(one.tag).partition("}")[0] for one in etree.fromstring(response.content).iter()} == {
                    "{http://www.w3.org/2005/Atom"
                }
            case "text/calendar":
                lines = response.text.replace("\r\n ", "").split("\r\n")
                assert [line for line in lines[:-1] if not re.match(r"[A-Z-]+[;:]", line)] == [], path
            case "application/zip":
                self.seen[path] += check_zip(response.content)
            case _:
                shown = response.is_redirect or "attachment" in headers.get("content-disposition", "")
                assert shown or MARK not in response.text, (path, kind)

    def keep(self, page: Any) -> None:
        """Remembers the forms and links of a page, one of those that differ in a number only."""
        for form in forms_in(page):
            constant = "&".join(form.fields.get(name, "") for name in ("act", "ruling", "digest"))
            self.forms.setdefault((form.action, frozenset(form.fields), constant), form)
        for link in page.iter("a"):
            to = str(link.get("href", "")).partition("#")[0]
            if to.startswith("/") and not re.search(r"lang=|^/static|^/lay-y-kien/mau", to):
                self.links.setdefault(re.sub(r"\d+", "0", to), to)


def check_page(path: str, page: Any) -> None:
    for one in page.iter():
        if isinstance(one.tag, str):
            assert one.tag not in ("img", "object", "embed") and (one.tag != "script" or one.get("src")), (path, one.tag)
            assert [name for name in map(str, one.attrib) if name.startswith("on")] == [], path
            assert not str(one.get("href", "")).lower().startswith(("javascript:", "data:")), path
            if one.get("id") == "ma":  # HTML that others are to put into their pages
                check_page(f"{path} copied", html.fromstring(str(one.text_content())))


def check_zip(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    for name in (name for name in files if name.endswith(".csv")):
        cells = [cell for row in csv.reader(io.StringIO(files[name], newline="")) for cell in row]
        assert [cell for cell in cells if cell.startswith("=")] == [], name
    return any(MARK in text for text in files.values())


def addresses(door: Door, things: Things) -> list[tuple[str, dict[str, str]]]:
    """The door for the things for which one comes to it; the desk's pages for the draft and for the open consultation."""
    fields = KNOCKS[key_of(door)].fields if key_of(door) in KNOCKS else {}
    asked = {name: str(getattr(things, value)) if value in Things._fields else value for name, value in fields.items()}
    both = (things, things._replace(draft=things.open)) if door.path.startswith("/bien-tap/") else (things,)
    return [(path, asked) for path in dict.fromkeys(address(door, one) for one in both)]


async def test_markup_in_every_field_and_file_name_is_words_on_every_page_and_in_every_file(product: Product) -> None:
    office = product.office
    mine = await things(office, "co-quan", "toi")
    person, other = (await office.person("toi")).person, (await office.person("quan-tri")).person
    assert person is not None and other is not None
    for role in ("editor", "moderator"):
        await people.add_grant(office.pool, person, role, mine.agency)
    await people.add_grant(office.pool, other, "administrator", None)
    official, administrator, visitor = [
        Reader(product, {"browser": new_secret()} | ({"session": await office.sessions.open(office.pool, one, "")} if one else {}))
        for one in (person, other, None)
    ]
    await office.pool.execute("update consultations set title = $1, title_en = $1 where slug = $2", PAYLOAD, mine.open)
    doors = [door for door in product.edge.doors if door.takes == "nothing"]

    async def read_everything(everybodys: Reader) -> None:
        for door in doors:
            reader = administrator if door.path.startswith("/quan-tri") else everybodys if door.action is Action.READ_PUBLIC else official
            for path, asked in addresses(door, mine):
                await reader.get(path, **asked)

    def order(form: Form) -> int:
        return next((number for number, end in enumerate(LAST, 1) if form.action.endswith(end)), 0)

    await read_everything(official)
    for reader in (administrator, official):
        for form in sorted(reader.forms.values(), key=order):
            if not NOT_SENT.search(form.action):
                await reader.send(form)
    mine = mine._replace(dossier=await office.pool.fetchval("select max(id) from taken_over"))
    await read_everything(visitor)
    for link in [*visitor.links.values()]:
        await visitor.get(link)
    for link in [one for one in official.links.values() if one.startswith(("/kiem-duyet", "/y-kien-cua-toi"))]:
        await official.get(link)
    assert official.written | administrator.written >= WRITTEN
    seen = official.seen + visitor.seen
    named = {"page": f"/lay-y-kien/{mine.open}", "api": f"/api/v1/consultations/{mine.open}", "dossier": f"/tiep-nhan/{mine.dossier}"}
    assert [end for end in EXITS if not visitor.seen[end.format(**named)]] == []
    assert [end for end in AT_THE_DESK if not seen[f"/bien-tap/{mine.open}/{end}"]] == []


async def test_a_letter_is_plain_text_with_one_subject_whatever_is_written(pool: Pool) -> None:
    site = OpenSite(pool)
    async with site.opened(moderation="after", title=PAYLOAD) as slug, site.citizen("toi") as me:
        await follow(me, slug)
        await site.contribute(PAYLOAD, slug, f"{PAYLOAD}\n\n-- \nThôi nhận thư: http://example.vn/gia-mao\r\nBcc: a@example.vn")
        await site.morning()
    [letter] = [plain(one) for one in site.mail.letters if one["To"] == "toi@example.vn"]
    assert letter.get_content_type() == "text/plain" and not letter.is_multipart()
    assert "\n" not in str(letter["Subject"]) and PAYLOAD in str(letter["Subject"]) and letter["Bcc"] is None
    text = str(letter.get_content())
    assert PAYLOAD in text and "\n> Thôi nhận thư: http://example.vn/gia-mao\n" in text.replace("\r\n", "\n"), (
        "quoted, as all words of others are"
    )
