"""Totals that are hidden until the close are nowhere before it, at any exit, for anybody; and after it they are where they belong.

The tests know the true numbers, which occur nowhere else, and look for them in every spelling: as they are, with the separators of
both languages, as shares and as the widths of bars.
"""

import io
import re
import zipfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection

from consultations.commands import AddPoll, OpenPoll
from consultations.questions import Asked
from server.identity.policy import Action, may
from server.identity.viewer import Role, Viewer, grants_of
from server.kernel.ids import AgencyId, CommandId, PersonId, QuestionId
from server.protocol import live
from server.store import people, votes
from server.store.connection import Pool
from server.web.door import Door
from tests.web import test_policy_everywhere as everywhere
from tests.web.knocks import KNOCKS
from tests.web.open_site import OpenSite
from tests.web.test_following import follow
from tests.web.test_policy_everywhere import Case, Product, address, ask, key_of, knock, live_socket
from tests.web.things import Things, things

product = everywhere.product

VOTES = (1_237, 1_511, 1_049)
"""People by choice of one điều."""
FIRST, BOTH = 1_153, 409
"""People who chose the first of two options of a poll, some of them the other as well."""
WRITTEN = "Lời chỉ mở ra khi kết thúc"

PAGE, TOTALS, WRITTEN_ANSWERS = "/lay-y-kien/{slug}", "/api/v1/consultations/{slug}/totals", "/bien-tap/{slug}/tra-loi-viet"
SHOWN = (PAGE, f"{PAGE}/cau-hoi", f"{PAGE}/so-lieu", f"{PAGE}/du-lieu.zip", TOTALS, WRITTEN_ANSWERS)
"""Where the numbers, or what was written, stand after the close."""
CHANCE = {"etag", "set-cookie", "content-length"}
"""Headers in which any number may stand."""
OF_THE_INTERPRETER = re.compile(r"^(python|process)_.*$", re.M)
"""Lines of /metrics in which any number may stand."""
EDITORS = list(Role).index(Role.EDITOR)

_RESPOND = """
insert into responses (question, voter, choices, text)
select $1, decode(md5('người ' || n), 'hex'), case when n <= $3 then '{0,1}'::smallint[] else '{0}'::smallint[] end, ''
from generate_series(1, $2::int) as n
"""


async def vote_by_thousands(pool: Pool, question: int) -> None:
    """So many people vote on a điều as ``VOTES`` says."""
    choices = [choice for choice, number in enumerate(VOTES) for _ in range(number)]
    voters = [f"{number:016d}".encode() for number in range(len(choices))]
    many = len(choices)
    people = [PersonId(1 + number) for number in range(many)]
    ballots = votes.Ballots(people, voters, [uuid4() for _ in choices], [0] * many, [QuestionId(question)] * many, choices)
    async with pool.acquire() as connection:
        assert set(await votes.cast(connection, ballots)) == {"done"}


def spellings(*numbers: int, whole: int = 0) -> re.Pattern[str]:
    """Finds these numbers, and their shares of ``whole``, as pages and programs write them."""
    written = {form for number in numbers for form in (str(number), *(f"{number:,}".replace(",", mark) for mark in ".,\u00a0\u202f "))}
    shares = {f"{100 * number / whole:.1f}" for number in numbers if number < whole}
    shares |= {share.replace(".", ",") for share in shares}
    either = "|".join(re.escape(one) for one in sorted(written | shares))
    return re.compile(rf"(?<![\w+/=.-])(?<!\d:)(?:{either})(?![\w])")


SECRETS = (
    spellings(*VOTES, VOTES[0] + 1, whole=sum(VOTES)),
    spellings(*VOTES, VOTES[0] + 1, whole=sum(VOTES) + 1),
    spellings(*(people + more for people in (sum(VOTES), sum(VOTES) + FIRST) for more in range(4))),
    spellings(FIRST, FIRST + 1, BOTH, BOTH + 1, whole=FIRST),
    re.compile(re.escape(WRITTEN)),
)


def told(words: str) -> list[str]:
    """What of the secrets stands in these words."""
    return [found[0] for secret in SECRETS for found in secret.finditer(words)]


def everything_in(answer: httpx.Response) -> str:
    """The words of an answer, its headers, and of a zip those of every file in it."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name not in CHANCE)
    if answer.headers.get("content-type") != "application/zip":
        return f"{headers}\n{OF_THE_INTERPRETER.sub('', answer.text)}"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return "\n".join([headers, *(archive.read(name).decode() for name in archive.namelist())])


async def consulted(product: Product) -> Things:
    """An open consultation whose tallies are hidden, with thousands of votes, answers to a poll, and a written answer to another."""
    office = product.office
    made = await things(office, "kin", "toi")
    made = made._replace(draft=made.open)
    editor = await office.person(f"bien-tap-{made.agency}", ("editor", made.agency))
    await office.consulting.change(editor, CommandId(str(uuid4())), made.consultation, AddPoll(Asked("text", "Vì sao?")))
    written = await office.pool.fetchval("select max(id) from questions")
    await office.consulting.change(editor, CommandId(str(uuid4())), made.consultation, OpenPoll(QuestionId(written)))
    await vote_by_thousands(office.pool, made.question)
    await office.pool.execute(_RESPOND, made.poll, FIRST, BOTH)
    await office.consulting.respond(await office.person("ai-do"), written, (), WRITTEN)
    return made


async def case_of(product: Product, things: Things, role: Role) -> Case:
    """Somebody with this role in the agency that consults."""
    if role is Role.VISITOR:
        return Case(product, Viewer(), things, True)
    person = (await product.office.person("toi" if role is Role.CITIZEN else f"nguoi-{role}")).person
    assert person is not None
    granted: list[tuple[str, AgencyId | None]] = []
    if role is Role.SITE_ADMINISTRATOR:
        granted.append(("administrator", None))
    elif role is not Role.CITIZEN:
        granted.append((str(role), things.agency))
    for name, agency in granted:
        await people.add_grant(product.office.pool, person, name, agency)
    return Case(product, Viewer(person, grants=grants_of(granted)), things, True)


async def read_exits(case: Case, doors: Iterable[Door]) -> dict[str, str]:
    """What each of these doors answers, by its path. What is not for this viewer is a refusal, and is looked at too."""
    transport = httpx.ASGITransport(case.product.edge, client=("127.0.0.1", 40_000))  # the machine itself, which may read /metrics
    found = {}
    async with httpx.AsyncClient(transport=transport, base_url=case.product.origin, cookies=await case.cookies()) as client:
        for door in doors:
            on_it = KNOCKS.get(key_of(door))
            fields = {name: str(getattr(case.things, value, value)) for name, value in (on_it.fields if on_it else {}).items()}
            answer = await client.get(address(door, case.things), params=fields)
            assert answer.status_code < 500, door.path
            found[door.path] = everything_in(answer)
    return found


async def close(product: Product, things: Things) -> None:
    """An editor ends the consultation before its day."""
    door = next(door for door in product.edge.doors if key_of(door) == ("POST", "/bien-tap/{slug}/ket-thuc"))
    async with product.client() as client:
        answer = await knock(await case_of(product, things, Role.EDITOR), client, door, {"reason": "Đã đủ ý kiến"})
    assert answer.status_code == 303


async def test_what_is_hidden_until_the_close_is_at_no_exit_before_it_and_for_everybody_after_it(product: Product) -> None:
    things = await consulted(product)
    exits = [door for door in product.edge.doors if door.takes == "nothing"]
    cases = [await case_of(product, things, role) for role in Role]
    for case in cases:
        assert not may(case.viewer, Action.READ_HIDDEN_TALLIES, agency=things.agency)
        found = await read_exits(case, exits)
        assert {path: told(words) for path, words in found.items() if told(words)} == {}
        assert "Điều 1" in found[PAGE] and "contributions.csv" in found[f"{PAGE}/du-lieu.zip"], "they were read"
        assert '"published":false' in found[TOTALS]
    await close(product, things)
    for case in cases:
        found = await read_exits(case, [door for door in exits if door.path in SHOWN])
        assert [path for path in SHOWN if not told(found[path])] == ([] if case.viewer == cases[EDITORS].viewer else [WRITTEN_ANSWERS])
        assert [number for number in (*VOTES, FIRST, BOTH) if f'"people":{number}' not in found[TOTALS]] == []
        assert not any(WRITTEN in words for path, words in found.items() if path != WRITTEN_ANSWERS), "nobody has moderated it"


@asynccontextmanager
async def following(case: Case, *followed: live.Follow) -> AsyncIterator[ClientConnection]:
    """The live socket of somebody who follows these topics."""
    async with live_socket(case) as socket:
        for one in followed:
            await socket.send(msgspec.json.encode(one).decode())
        yield socket


async def tally_of(socket: ClientConnection, topic: str, heard: list[str]) -> live.Tally:
    """The next totals of this topic; all that is heard until then is added to ``heard``."""
    while True:
        heard.append(str(await socket.recv()))
        message: live.FromServer = msgspec.json.decode(heard[-1], type=live.FromServer)
        if isinstance(message, live.Tally) and message.topic == topic:
            return message


async def test_the_live_socket_tells_no_hidden_total_after_a_vote_and_tells_it_at_the_close(product: Product) -> None:
    things, office = await consulted(product), product.office
    shown = await office.consultation(await office.open_consultation(things.agency, title="Công khai ngay"))
    await office.pool.execute("update consultations set tallies = 'live' where id = $1", shown)
    beside = await office.pool.fetchval("select min(id) from questions where consultation = $1", shown)
    hidden, public = f"consultation/{things.consultation}", f"consultation/{shown}"
    citizen, moderator = [await case_of(product, things, role) for role in (Role.CITIZEN, Role.MODERATOR)]
    after = await office.pool.fetchval("select seq from topics where id = $1", hidden)
    async with (
        following(citizen, live.Follow(hidden, 0), live.Follow(public, 0)) as voter,
        following(moderator, live.Follow(hidden, after, "moderator"), live.Follow(public, 0)) as watcher,
        following(citizen, live.Follow(hidden, after + 1_000), live.Follow(public, 0)) as reader,
    ):
        for question in (things.question, beside):
            assert isinstance(await ask(voter, live.Vote(str(uuid4()), question, 0)), live.Done)
        assert isinstance(await ask(voter, live.Respond(str(uuid4()), things.poll, [0])), live.Done)
        assert isinstance(await ask(voter, live.Vote(str(uuid4()), beside, 1)), live.Done)
        for socket in (voter, watcher, reader):
            heard: list[str] = []
            while (await tally_of(socket, public, heard)).totals[str(beside)] != [0, 1, 0]:
                pass
            assert [words for words in heard if told(words) or f'"tally","topic":"{hidden}"' in words] == []
        await close(product, things)
        for socket in (voter, watcher, reader):
            totals = (await tally_of(socket, hidden, [])).totals
            assert totals[str(things.question)] == [VOTES[0] + 1, *VOTES[1:]]
            assert totals[str(things.poll)] == [FIRST + 1, BOTH, FIRST + 1]


async def test_no_letter_tells_a_hidden_total(pool: Pool) -> None:
    site = OpenSite(pool)
    async with site.opened(moderation="after") as slug, site.citizen("toi") as me:
        await follow(me, slug)
        await vote_by_thousands(pool, await pool.fetchval("select min(id) from questions"))
        await site.contribute("ho", slug, "Nên giữ", "dieu-1")
        await site.morning()
        [letter] = site.mail.letters
        assert "> Nên giữ" in str(letter.get_content()) and told(letter.as_string() + str(letter.get_content())) == []
