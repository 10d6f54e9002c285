"""A world with its doors, for tests of commands on real PostgreSQL."""

from uuid import uuid4

import asyncpg

from consultations.evolve import replay
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId, ConsultationId, ContributionId
from server.realtime.consulting import Answer, Consulting, OfEditors
from server.store import consultations as store
from tests.worlds import World, open_world


def new_id() -> CommandId:
    return CommandId(str(uuid4()))


async def open_scene(pool: asyncpg.Pool, **world: object) -> "Scene":
    """A scene in a world of five people, like ``tests.worlds.open_world`` with these arguments."""
    return Scene(await open_world(pool, people=5, **world))  # type: ignore[arg-type]


class Scene:
    """A world with its doors, a citizen, another one, and officials of its agency."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.told: list[ConsultationId] = []
        self.consulting = Consulting(world.pool, lambda consultation, events: self.told.append(consultation))
        self.citizen, self.other = (Viewer(person=person) for person in world.people[:2])
        self.moderator = Viewer(person=world.people[2], grants=frozenset({Grant(Role.MODERATOR, world.agency)}))
        self.editor = Viewer(person=world.people[3], grants=frozenset({Grant(Role.EDITOR, world.agency)}))
        self.colleague = Viewer(person=world.people[4], grants=self.moderator.grants)

    async def contributed(self, text: str = "Nên nói rõ hơn") -> ContributionId:
        """The id of a new opinion of the citizen."""
        answer = await self.contribute(text)
        assert answer.contribution is not None
        return answer.contribution

    async def contribute(self, text: str = "Nên nói rõ hơn", id: CommandId | None = None, viewer: Viewer | None = None) -> Answer:
        return await self.consulting.contribute(viewer or self.citizen, id or new_id(), self.world.consultation, "n1.1", text, "Người dân")

    async def check_replay(self) -> None:
        """The events as stored give the state as stored."""
        async with self.world.pool.acquire() as connection:
            stored = await store.load_whole(connection, self.world.consultation)
            assert replay(await store.replay_stored(connection, self.world.consultation)) == stored

    async def change(self, command: OfEditors) -> Answer:
        """What the editor does."""
        return await self.consulting.change(self.editor, new_id(), self.world.consultation, command)
