"""What an opinion says of a draft, made the draft's own words: a quote as it stands there, and what suggested wording would replace."""

import hashlib
import unicodedata
from collections import OrderedDict
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from consultations import commands as c
from consultations.quoting import quoted
from consultations.state import Consultation
from consultations.tree import Draft, content, find
from server.kernel.ids import ConsultationId, NodeId
from server.kernel.refused import Refused
from server.store import drafts
from server.store.connection import Connection

_KEPT = 32

Said = TypeVar("Said", c.Contribute, c.Entry)


def base_of(words: str) -> str:
    """The fingerprint of a node's words, by which suggested wording remembers what it would replace."""
    return hashlib.sha256(unicodedata.normalize("NFC", words).encode()).hexdigest()


class Speaking:
    """Reads the drafts of which people speak. Published versions do not change, so some are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[ConsultationId, int], Draft] = OrderedDict()

    async def anchored(self, connection: Connection, id: ConsultationId, state: Consultation, command: c.Command) -> c.Command:
        """The command with every quote as the draft writes it, on the node that has it. What quotes nothing is left as it is.

        Raises: Refused ``bad_quote``, ``quoted_twice``.
        """
        if isinstance(command, c.Contribute):
            return await self._said(connection, id, state, command)
        if isinstance(command, c.Enter):
            return replace(command, entries=tuple([await self._said(connection, id, state, entry) for entry in command.entries]))
        return command

    async def _said(self, connection: Connection, id: ConsultationId, state: Consultation, said: Said) -> Said:
        suggests = isinstance(said, c.Contribute) and said.suggestion is not None
        # What is not of the newest version, or of no node that one may speak of, the rules refuse.
        if said.node is None or said.node not in state.places or said.version != state.version or not (said.quote or suggests):
            return said
        draft = await self._draft(connection, id, state.version)
        if said.quote:
            made = quoted(draft, said.node, said.quote, said.before, said.after, among=state.places)
            said = replace(said, node=made.node, quote=made.quote, before=made.before, after=made.after)
        if suggests:
            said = replace(said, base=base_of(words_at(draft, said.node)))
        return said

    async def _draft(self, connection: Connection, id: ConsultationId, number: int) -> Draft:
        if (kept := self._kept.get((id, number))) is not None:
            self._kept.move_to_end((id, number))
            return kept
        version = await drafts.read_version(connection, id, number)
        if version is None:
            raise Refused("not_found")
        draft = self._kept[id, number] = msgspec.convert(version.draft, Draft)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return draft


def words_at(draft: Draft, node: NodeId | None) -> str:
    """What a node itself says. Raises Refused ``not_found``."""
    path = None if node is None else find(draft, node)
    if path is None:
        raise Refused("not_found")
    return content(path[-1])
