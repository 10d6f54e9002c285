"""Letters, and how a real mail server receives them."""

import asyncio
import email
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.locale import LANGUAGES
from server.mail.letters import write_letter
from server.mail.post import Console, Postman, Smtp
from server.store.jobs import Job

SITE = "https://gopy.example.vn"


class Received:
    """What a mail server was given."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refuses = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        if self.refuses:
            return "451 try again later"
        self.envelopes.append(envelope)
        return "250 taken"

    def newest(self) -> EmailMessage:
        content = self.envelopes[-1].content
        assert isinstance(content, bytes)
        parsed = email.message_from_bytes(content, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def server(received: Received, unused_tcp_port: int) -> Iterator[str]:
    controller = Controller(received, hostname="127.0.0.1", port=unused_tcp_port)
    controller.start()
    yield f"smtp://127.0.0.1:{unused_tcp_port}"
    controller.stop()


async def test_a_code_reaches_the_mail_server_whole_and_in_both_languages(server: str, received: Received) -> None:
    postman = Postman(Smtp(server), "khong-tra-loi@gopy.example.vn", SITE)
    for lang, words in (("vi", "Mã đăng nhập Diên Hồng của ông/bà là:"), ("en", "Your Diên Hồng sign-in code is:")):
        values = {"code": "12345678", "minutes": 5}
        await postman.post("sign_in_code", to="toi@example.vn", lang=lang, values=values, reference="code-1")
        assert received.envelopes[-1].rcpt_tos == ["toi@example.vn"]
        message = received.newest()
        assert words in message.get_content() and "1234 5678" in message.get_content()
        assert message["Subject"] and not any(digit in message["Subject"] for digit in "0123456789")
        assert message["From"].addresses[0].addr_spec == "khong-tra-loi@gopy.example.vn"
        assert message["Auto-Submitted"] == "auto-generated" and message["Date"].datetime is not None


async def test_a_letter_sent_twice_is_known_for_the_same(server: str, received: Received) -> None:
    postman = Postman(Smtp(server), "a@gopy.example.vn", SITE)
    ids = []
    for reference in ("code-1", "code-1", "code-2"):
        await postman.post("sign_in_code", to="toi@example.vn", lang="vi", values={"code": "12345678", "minutes": 5}, reference=reference)
        ids.append(received.newest()["Message-ID"])
    assert ids[0] == ids[1] != ids[2]


async def test_a_mail_job_becomes_a_letter(server: str, received: Received) -> None:
    payload: dict[str, object] = {"letter": "invitation", "to": "toi@example.vn", "lang": "vi", "values": {"invitation": 7, "days": 7}}
    await Postman(Smtp(server), "a@gopy.example.vn", SITE).deliver(Job(1, "mail", payload, "invitation-7", 1))
    assert f"{SITE}/loi-moi/7" in received.newest().get_content()


async def test_a_server_that_is_away_or_unwilling_is_an_error_so_that_the_job_is_tried_again(server: str, received: Received) -> None:
    received.refuses = True
    for url in (server, "smtp://127.0.0.1:1"):
        postman = Postman(Smtp(url), "a@gopy.example.vn", SITE)
        with pytest.raises(Exception, match=r"451|onnect"):
            await postman.post("sign_in_code", to="toi@example.vn", lang="vi", values={"code": "12345678", "minutes": 5}, reference="x")


async def test_a_password_is_never_sent_in_the_clear(unused_tcp_port: int) -> None:
    heard: list[bytes] = []
    left = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x ESMTP\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"250-x\r\n250 AUTH PLAIN LOGIN\r\n" if line.upper().startswith(b"EHLO") else b"250 ok\r\n")
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(listen, "127.0.0.1", unused_tcp_port):
        postman = Postman(Smtp(f"smtp://ten:mat-khau@127.0.0.1:{unused_tcp_port}"), "a@gopy.example.vn", SITE)
        with pytest.raises(Exception, match="STARTTLS"):
            await postman.post("sign_in_code", to="toi@example.vn", lang="vi", values={"code": "12345678", "minutes": 5}, reference="x")
        await left.wait()
    assert heard and not any(line.upper().startswith(b"AUTH") for line in heard)


async def test_the_console_shows_the_code_and_says_that_nothing_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    postman = Postman(Console(), "a@localhost", "http://localhost:8000")
    await postman.post("sign_in_code", to="toi@example.vn", lang="vi", values={"code": "12345678", "minutes": 5}, reference="x")
    shown = capsys.readouterr().out
    assert "KHÔNG GỬI THƯ" in shown and "1234 5678" in shown and "toi@example.vn" in shown


@pytest.mark.parametrize(
    ("letter", "values"), [("sign_in_code", {"code": "12345678", "minutes": 5}), ("invitation", {"invitation": 1, "days": 7})]
)
def test_every_letter_is_whole_in_every_language(letter: str, values: dict[str, object]) -> None:
    written = {lang: write_letter(letter, lang, SITE, values) for lang in LANGUAGES}
    assert written["vi"].subject != written["en"].subject and written["vi"].text != written["en"].text
    for lang in LANGUAGES:
        assert "%(" not in written[lang].text and SITE in written[lang].text
