"""One web process: everything is built here, in order, in one function. ``python -m server.app`` serves until it is told to stop."""

import contextlib
import functools
import gc
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from starlette.routing import Mount

from consultations import events as e
from server.bounds import WINDOW, code_rules, lifetimes, limits
from server.data_folder import ERASE_LIST
from server.demo.content import DEMO_AGENCY
from server.documents.apart import Reader
from server.documents.form10 import Writer
from server.documents.minutes import Scribe
from server.documents.to_pdf import Converter
from server.identity.confirming import CODE_JOBS, Confirming
from server.identity.keys import Keys
from server.identity.people import People
from server.identity.sessions import Sessions
from server.identity.signin import CODE_JOB, SignIn
from server.identity.tickets import Tickets
from server.jobs import erase_list
from server.jobs.digests import Digests
from server.jobs.notices import Notices
from server.jobs.overdue import OverdueLetters
from server.jobs.reporting import REPORT_JOB, Reporting
from server.jobs.runner import Runner
from server.jobs.slips import Slips
from server.jobs.tidying import TIDY_JOB, Tidying
from server.kernel.ids import ConsultationId, QuestionId, RoomId, SessionId, consultation_topic, room_topic
from server.kernel.logs import log_as_json
from server.kernel.refused import Refused
from server.livekit.engine import MediaEngine
from server.mail.post import Console, Postman, Smtp
from server.realtime.agenda_desk import AgendaDesk
from server.realtime.bus import Bus, LocalBus
from server.realtime.consulting import TICK, Consulting
from server.realtime.entering import ENTER_JOB, Entering
from server.realtime.erasing import Erasing
from server.realtime.following import Following
from server.realtime.hall_desk import HallDesk
from server.realtime.handshake import Rules
from server.realtime.http import http_connection
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from server.realtime.minuting import Minuting
from server.realtime.motion_desk import SLIP_JOB
from server.realtime.motion_reading import MotionReading
from server.realtime.notices import NOTICE
from server.realtime.relay import Relay
from server.realtime.roll_desk import RollDesk
from server.realtime.room_access import Access
from server.realtime.room_desk import RoomDesk
from server.realtime.rooms import Rooms
from server.realtime.source import StoredSource
from server.realtime.votes import VoteWriter
from server.settings import Settings, read_settings
from server.store.jobs import Job
from server.store.pool import open_pool
from server.web import refusals
from server.web.administration import AdministrationPages
from server.web.agenda_pages import AgendaPages
from server.web.answering import Answering
from server.web.api import Api
from server.web.asking import Asking
from server.web.asking_desk import AskingDesk
from server.web.citizen import Ports, Reading
from server.web.cookies import Cookies
from server.web.counts import Counts
from server.web.desk import Desk
from server.web.dossier import Dossier
from server.web.drafting import Drafting
from server.web.edge import Edge, Place, every_door
from server.web.editing import Editing
from server.web.embed import EmbedPages
from server.web.entering import EnteringPages
from server.web.feeds import Feeds
from server.web.figures import Figuring
from server.web.following import FollowingPages
from server.web.halls import HallPages
from server.web.headers import room_headers
from server.web.health import HealthPages
from server.web.held import HeldPages
from server.web.life import Life
from server.web.media_news import MediaNews
from server.web.merging import Merging
from server.web.minutes import MinutesPages
from server.web.moderation import Moderation
from server.web.motion_files import VotePages
from server.web.next_version import NextVersionPages
from server.web.numbers import NumbersPages
from server.web.opinion_files import OpinionFilePages
from server.web.own_data import OwnDataPages
from server.web.pages import Pages
from server.web.past_chat import PastChatPages
from server.web.publishing import Publishing
from server.web.rendering import Assets, Templates
from server.web.report_page import ReportPages
from server.web.roll_pages import RollPages
from server.web.room_page import RoomEntrance
from server.web.room_papers import RoomPaperPages
from server.web.rooms import RoomPages
from server.web.signin import SignInPages
from server.web.static import StaticFiles
from server.web.style import StylePages
from server.web.taken_over import TakenOverPages
from server.web.taking_over import TakingOver
from server.web.taking_part import TakingPart
from server.web.texts import Texts
from server.web.tickets import TicketDoor
from server.web.versions import Versions
from server.web.voices import Voices

log = logging.getLogger(__name__)

DIST = Path(__file__).parent.parent / "frontend" / "dist"
_DRAIN_S = 8
_REPORT_PATIENCE = timedelta(minutes=20)


class App:
    """What a web process is made of, for uvicorn and for tests."""

    def __init__(self, edge: Edge, hub: Hub, limits: Limits, relay: Relay | None) -> None:
        self.edge = edge
        self.hub = hub
        self.limits = limits
        self.relay = relay


@contextlib.asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[App]:
    """Everything a web process needs, running for as long as the block does."""
    pool = await open_pool(settings.database_url, settings.database_connections)
    keys = Keys(settings.secret_key.encode())
    lasting = lifetimes(settings)

    async def session_ended(session: SessionId) -> None:
        hub.session_ended(session)

    sessions = Sessions(pool, lasting, session_ended)
    tickets = Tickets(pool, sessions)
    sign_in = SignIn(pool, keys, sessions, code_rules(settings))
    people = People(pool, sessions)

    def votes_stored(consultation: ConsultationId, questions: Collection[QuestionId]) -> None:
        hub.votes_stored(consultation_topic(consultation), questions)

    def happened(consultation: ConsultationId, events: list[e.AnyEvent]) -> None:
        hub.events_stored(consultation_topic(consultation))
        if any(isinstance(event, e.Closed | e.Cancelled | e.PollClosed) for event in events):
            hub.votes_stored(consultation_topic(consultation), None)  # what was hidden until the close can be shown now
        if any(isinstance(event, e.Published | e.Opened | e.Resumed) for event in events):
            runner.wake()  # the next deadline may be near

    def happened_in_room(room: RoomId) -> None:
        hub.events_stored(room_topic(room))

    def wake() -> None:
        runner.wake()

    writer = VoteWriter(pool, votes_stored)
    consulting = Consulting(pool, happened, settings.contributions_per_person_hour, votes_stored)
    bounded = limits(settings)
    cookies = Cookies(secure=settings.secure)
    source = StoredSource(pool, consulting, writer, sessions, tickets, cookies.session, cookies.guest, _sentence)
    proxies = tuple(ipaddress.ip_network(proxy) for proxy in settings.trusted_proxies)
    bus = _bus(settings.redis_url)
    rules = Rules(settings.allowed_origins, settings.allowed_hosts, proxies)
    engine = _engine(settings)
    confirming = Confirming(pool, keys, code_rules(settings))
    erasing = Erasing(pool, keys, happened, sessions.tell_ended)
    rooms = Rooms(pool, Access(pool, sessions), bus, engine, happened_in_room, confirming, wake)
    hub = Hub(source, bus, rules, bounded, rooms)
    relay = Relay(("127.0.0.1", settings.media_signal_port), bounded, rules) if settings.own_engine else None

    postman = Postman(
        Smtp(settings.smtp_url) if settings.smtp_url else Console(), settings.mail_from or "khong-tra-loi@localhost", settings.public_origin
    )
    tidying = Tidying(pool, lasting, WINDOW)
    overdue = OverdueLetters(pool, keys.reminders_link)
    digests = Digests(pool, postman.post, keys.follow_link, keys.letters_link)

    async def tick(job: Job) -> None:
        await consulting.tick(ConsultationId(int(str(job.payload["consultation"]))))

    async def list_erased(job: Job) -> None:
        await erase_list.update(pool, settings.data / ERASE_LIST)

    async def send_code(job: Job) -> None:
        await sign_in.send_code(job, postman.post)

    runner = Runner(
        pool,
        {
            CODE_JOB: send_code,
            **dict.fromkeys(CODE_JOBS, functools.partial(confirming.send_code, post=postman.post)),
            SLIP_JOB: Slips(pool).tell,
            "mail": postman.deliver,
            TICK: tick,
            TIDY_JOB: tidying.tidy,
            erase_list.ERASED_JOB: list_erased,
            **digests.handlers(),
            **overdue.handlers(),
            NOTICE: Notices(pool).tell,
        },
    )

    # A long report takes a minute, and must keep nothing else waiting.
    reporting = Reporting(pool, Writer(), settings.public_origin)
    reporter = Runner(pool, {REPORT_JOB: reporting.make}, patience=_REPORT_PATIENCE, at_once=1)

    # So has a long file of opinions; nor must it wait for a report.
    enterer = Runner(pool, {ENTER_JOB: Entering(pool, consulting).enter}, patience=_REPORT_PATIENCE, at_once=1)

    pages = Pages(Templates(Assets.built(DIST)))

    signing_in = SignInPages(
        pool,
        pages,
        keys,
        sessions,
        sign_in,
        people,
        runner.wake,
        session_lasts_s=settings.session_longest_citizen_s,
        codes_on_console=bool(settings.codes_on_console),
    )
    texts = Texts()
    citizens = Ports(pool, pages, texts, Counts(), DEMO_AGENCY)
    reading, taking_part = Reading(citizens), TakingPart(citizens, consulting, writer, keys, settings.codes_per_address_hour)
    figuring, origin = Figuring(), settings.public_origin
    moderation = Moderation(pool, pages, consulting, texts)
    desk = Desk(pool, pages, consulting, texts, Reader())
    room_desk = RoomDesk(pool, keys)
    roll_desk = RollDesk(pool, keys, room_desk)
    room_papers = RoomPaperPages(pages, room_desk, AgendaDesk(pool, room_desk), rooms.turning.shelf, desk.reader, Converter())
    topics = (
        HealthPages(pool),
        TicketDoor(tickets, pool, keys, settings.live_newcomers_per_minute),
        signing_in,
        reading,
        taking_part,
        Asking(citizens, consulting, writer),
        AskingDesk(desk),
        Voices(citizens, consulting),
        OwnDataPages(citizens, consulting, erasing, confirming, runner.wake),
        Versions(citizens, reading),
        moderation,
        Editing(desk),
        Drafting(desk),
        NextVersionPages(desk),
        Merging(desk),
        Publishing(desk),
        Answering(desk, reporter.wake),
        ReportPages(desk, reporter.wake),
        Life(desk),
        Dossier(desk),
        EnteringPages(desk),
        OpinionFilePages(desk, enterer.wake),
        AdministrationPages(pool, pages, people, runner.wake),
        MediaNews(rooms.media_news),
        RoomPages(pool, pages, room_desk, settings.public_origin),
        RollPages(pages, roll_desk, desk.reader, runner.wake),
        AgendaPages(pages, AgendaDesk(pool, room_desk), rooms.turning.shelf, roll_desk, runner.wake),
        room_papers,
        RoomEntrance(pool, pages, keys, room_desk, engine, room_headers(settings.public_origin, settings.media_public_url)),
        HeldPages(pages, Minuting(pool, rooms.conclusions.changed)),
        PastChatPages(pages, Minuting(pool)),
        MinutesPages(pages, Minuting(pool), scribe := Scribe()),
        VotePages(pages, room_desk, rooms.motions, MotionReading(pool), rooms.turning.shelf, room_papers.intake, scribe),
        HallPages(pool, pages, HallDesk(pool, keys, room_desk, hub.guest_ended), keys, room_desk, rooms, engine, origin),
        FollowingPages(citizens, Following(pool, keys)),
        Feeds(citizens, origin),
        NumbersPages(citizens, figuring, origin),
        TakenOverPages(citizens),
        TakingOver(desk),
        Api(citizens, figuring, origin),
        EmbedPages(citizens, origin),
        StylePages(pages),
    )
    edge = Edge(
        every_door(*(topic.doors for topic in topics)),
        place=Place(settings.public_origin, settings.allowed_origins, settings.allowed_hosts, proxies),
        sessions=sessions,
        keys=keys,
        pages=pages,
        static=Mount("/static", StaticFiles(DIST)),
    )

    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(pool.close)
        writer.start()
        stack.push_async_callback(writer.stop)
        await hub.start()
        stack.push_async_callback(hub.stop)
        await tidying.begin()
        await erase_list.update(pool, settings.data / ERASE_LIST)
        await digests.begin()
        await overdue.begin()
        runner.start()
        stack.push_async_callback(runner.stop)
        reporter.start()
        stack.push_async_callback(reporter.stop)
        stack.callback(reporting.stop)
        enterer.start()
        stack.push_async_callback(enterer.stop)
        yield App(edge, hub, bounded, relay)


async def serve(settings: Settings) -> None:
    """Serve on the settings' address until SIGTERM or SIGINT; then drain and end."""
    async with build(settings) as app:
        config = uvicorn.Config(
            app.edge,
            http=http_connection(app.limits, app.relay),
            ws=app.hub.door.open,  # type: ignore[arg-type]
            loop="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=4096,
            timeout_graceful_shutdown=_DRAIN_S,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        # What was built stays; looking through it again and again for cycles costs a tenth of the time that a flood of votes takes.
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        await uvicorn.Server(config).serve(sockets=[_listen(settings)])


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.workers > 1:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((settings.listen_host, settings.listen_port))
    return listener


def _bus(redis_url: str) -> Bus:
    if not redis_url:
        return LocalBus()
    from server.realtime.redis_bus import RedisBus

    return RedisBus(redis_url)


def _engine(settings: Settings) -> MediaEngine | None:
    """The media engine, where there is a key for one. Pages find our own behind their own origin."""
    if not settings.livekit_api_key:
        return None
    public_url = "" if settings.own_engine else settings.media_public_url
    return MediaEngine(settings.media_url, public_url, settings.livekit_api_key, settings.livekit_api_secret)


def _sentence(lang: str, code: str, detail: Any) -> str:
    return refusals.sentence(Refused(code, **detail), lang)


def main() -> None:
    """Serve with the settings of the environment."""
    settings = read_settings()
    log_as_json(settings.log_level)
    if settings.codes_on_console and settings.log_level == "info":
        logging.getLogger("server.web").setLevel(logging.WARNING)  # a line for each request would bury the codes
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
