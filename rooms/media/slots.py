"""Where the tracks that a client receives stand in its own offers, when one connection carries both ways.

A slot is a section that the client offers to receive in. The server cannot offer, it only asks for more slots, or for the same ones again.
A slot whose track has gone is answered inactive once before another takes it: without that the client would not notice the change.
"""

from collections.abc import Collection, Sequence

from rooms.media.codecs import to_send
from rooms.media.negotiated import Requirement, Wanted
from rooms.media.sdp import Section

KINDS = ("audio", "video")
MOST_ASKED = 200
"""Sections that one client is asked for in all."""


class _Slot:
    def __init__(self, section: Section) -> None:
        self.section = section
        self.track: Wanted | None = None
        self.resting = False


class Slots:
    """The slots of one connection."""

    def __init__(self) -> None:
        self.asked = 0
        """Sections asked for so far."""
        self._tracks: dict[str, Wanted] = {}
        self._slots: dict[str, _Slot] = {}
        self._outstanding = dict.fromkeys(KINDS, 0)
        self._offers_since = 0
        self._called = False
        self._begun = False

    def want(self, track: Wanted) -> None:
        """The track shall be received; it is placed when the client offers. Wanting one twice changes nothing."""
        self._tracks.setdefault(track.sid, track)

    def drop(self, sid: str) -> None:
        """The track shall not be received any more."""
        self._tracks.pop(sid, None)
        for slot in self._slots.values():
            if slot.track and slot.track.sid == sid:
                slot.track, slot.resting = None, True

    def on(self, mid: str) -> Wanted | None:
        """The track on a section."""
        slot = self._slots.get(mid)
        return slot.track if slot else None

    def mids(self) -> dict[str, str]:
        """The whole map of sections to the sids of the tracks on them."""
        return {mid: slot.track.sid for mid, slot in self._slots.items() if slot.track}

    def unsupported(self) -> list[str]:
        """Sids of tracks that no section of their kind decodes: they are never placed, and the caller drops them.

        To be asked whenever ``requirement`` is: no offer will come that could tell.
        """
        return [track.sid for track in self._waiting() if self._sections(track.kind) and not self._decodes(track)]

    def offered(self, sections: Sequence[Section], *, anew: bool) -> None:
        """Takes the client's offer and places what waits; to be answered at once. ``anew``: earlier requests may have been lost."""
        before = {kind: len(self._open(kind)) for kind in KINDS}
        old = self._slots
        self._slots = {}
        for section in sections:
            if section.kind in KINDS and section.receives:
                slot = old.get(section.mid) or _Slot(section)
                slot.section = section
                if slot.track and not to_send(section, slot.track.codec):
                    slot.track, slot.resting = None, True
                self._slots[section.mid] = slot
        for track in self._waiting():
            for slot in self._open(track.kind):
                if not slot.track and not slot.resting and to_send(slot.section, track.codec):
                    slot.track = track
                    break
        for slot in self._slots.values():
            slot.resting = False  # those that were are inactive in this answer
        self._settle(before, anew)

    def _settle(self, before: dict[str, int], anew: bool) -> None:
        """Notes what this offer brought of the sections asked for.

        It may have crossed the request, and then the next one brings them: what that lacks too will not come any more.
        """
        self._begun, self._called = True, False
        self._offers_since += 1
        for kind in KINDS:
            came = max(0, len(self._open(kind)) - before[kind])
            self._outstanding[kind] = 0 if anew or self._offers_since > 1 else max(0, self._outstanding[kind] - came)

    def requirement(self) -> Requirement | None:
        """What to ask the client for now, None when nothing is missing or it has been asked already. Counts as asked."""
        if not self._begun:
            return None
        waiting = [track for track in self._waiting() if self._decodes(track) or not self._sections(track.kind)]
        missing = {kind: self._unplaceable([track for track in waiting if track.kind == kind]) for kind in KINDS}
        room = MOST_ASKED - self.asked
        need = {kind: max(0, missing[kind] - self._outstanding[kind]) for kind in KINDS}
        need["audio"] = min(need["audio"], room)
        need["video"] = min(need["video"], room - need["audio"])
        placeable = len(waiting) > sum(missing.values())
        if any(need.values()):
            for kind in KINDS:
                self._outstanding[kind] += need[kind]
            self.asked += sum(need.values())
            self._offers_since = 0
        elif self._called or any(self._outstanding.values()) or not (placeable or any(slot.resting for slot in self._slots.values())):
            return None
        self._called = True
        return Requirement(need["audio"], need["video"])

    def _waiting(self) -> list[Wanted]:
        placed: Collection[str] = self.mids().values()
        return [track for track in self._tracks.values() if track.sid not in placed]

    def _open(self, kind: str) -> list[_Slot]:
        return [slot for slot in self._slots.values() if slot.section.kind == kind]

    def _sections(self, kind: str) -> bool:
        return bool(self._open(kind))

    def _decodes(self, track: Wanted) -> bool:
        return any(to_send(slot.section, track.codec) for slot in self._open(track.kind))

    def _unplaceable(self, tracks: list[Wanted]) -> int:
        """How many of these tracks find no slot among the free ones, resting ones included."""
        free = [slot for slot in self._slots.values() if not slot.track]
        missing = 0
        for track in tracks:
            place = next((slot for slot in free if slot.section.kind == track.kind and to_send(slot.section, track.codec)), None)
            if place is None:
                missing += 1
            else:
                free.remove(place)
        return missing
