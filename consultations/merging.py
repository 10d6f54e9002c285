"""Suggested wordings of one text: what each changes, and all that agree put together. What disagrees is never merged by a guess."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from consultations.wording import readable, shared, words


class Edit(msgspec.Struct, frozen=True, order=True):
    """One change: the characters from ``start`` to ``end`` (code points) of the base become ``text``.

    ``first`` and ``last`` are the unchanged words of the base on either side, by their number; -1 and the number of words at the edges.
    """

    start: int
    end: int
    text: str
    first: int
    last: int


class Taken(msgspec.Struct, frozen=True):
    """A change that is in the merged text, where it is there, and who suggested it."""

    edit: Edit
    at: int
    by: tuple[str, ...]


class Wish(msgspec.Struct, frozen=True):
    """What the disputed words would be in the wording that these suggest."""

    text: str
    by: tuple[str, ...]


class Conflict(msgspec.Struct, frozen=True):
    """Words of the base that several suggestions change in different ways. The merged text keeps them, from ``at`` on."""

    start: int
    end: int
    at: int
    text: str
    wishes: tuple[Wish, ...]


class Merged(msgspec.Struct, frozen=True):
    """The base with every change on which nobody disagrees, and the conflicts, both in the order of the text."""

    text: str
    taken: tuple[Taken, ...]
    conflicts: tuple[Conflict, ...]


def changes(base: str, proposed: str) -> tuple[Edit, ...]:
    """The tracked changes that turn ``base`` into ``proposed``, in order, word by word. They never touch: a word stands between any two."""
    olds, news = words(base), words(proposed)
    sides = [word.text for word in olds], [word.text for word in news]
    same = [(block.old + step, block.new + step) for block in readable(shared(*sides), *sides) for step in range(block.length)]
    found = []
    for (left, left_new), (right, right_new) in zip([(-1, -1), *same], [*same, (len(olds), len(news))], strict=True):
        start, start_new = (olds[left].end if left >= 0 else 0), (news[left_new].end if left_new >= 0 else 0)
        end = olds[right].start if right < len(olds) else len(base)
        end_new = news[right_new].start if right_new < len(news) else len(proposed)
        if base[start:end] != proposed[start_new:end_new]:
            found.append(_trimmed(base[start:end], proposed[start_new:end_new], start, left, right))
    return tuple(found)


def _trimmed(old: str, new: str, start: int, first: int, last: int) -> Edit:
    """The change without the white space that both have at its edges."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at] or not old[at].isspace()), most)
    most -= head
    tail = next((at for at in range(most) if old[-1 - at] != new[-1 - at] or not old[-1 - at].isspace()), most)
    return Edit(start + head, start + len(old) - tail, new[head : len(new) - tail], first, last)


def applied(base: str, edits: Iterable[Edit]) -> str:
    """``base`` with these changes, which must not overlap and be in order."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += (base[at : edit.start], edit.text)
        at = edit.end
    return "".join((*parts, base[at:]))


def merge(base: str, suggestions: Mapping[str, str]) -> Merged:
    """The suggested wordings of ``base``, each under the name of its suggestion, put together.

    Changes of several suggestions with an unchanged word between them are all taken; equal ones once. Where changes meet in the same words
    or next to each other and are not equal, the base stays and the conflict says what each suggestion wants.
    """
    wanted = {name: changes(base, suggestions[name]) for name in sorted(suggestions)}
    taken: list[tuple[Edit, tuple[str, ...]]] = []
    disputes: list[tuple[int, int, dict[str, list[Edit]]]] = []
    for cluster in _clusters(wanted):
        by: dict[str, list[Edit]] = {}
        for edit, name in cluster:
            by.setdefault(name, []).append(edit)
        if all(edits == [cluster[0][0]] for edits in by.values()):
            taken.append((cluster[0][0], tuple(by)))
        else:
            disputes.append((min(edit.start for edit, _ in cluster), max(edit.end for edit, _ in cluster), by))
    return Merged(
        applied(base, (edit for edit, _ in taken)),
        tuple(Taken(edit, _moved(edit.start, taken), by) for edit, by in taken),
        tuple(
            Conflict(start, end, _moved(start, taken), base[start:end], tuple(_wishes(base, start, end, by))) for start, end, by in disputes
        ),
    )


def _clusters(wanted: Mapping[str, Sequence[Edit]]) -> Iterator[list[tuple[Edit, str]]]:
    """The changes of all suggestions, those together that no unchanged word of the base keeps apart."""
    cluster: list[tuple[Edit, str]] = []
    reach = -1  # the first word behind the cluster that all of it leaves unchanged
    for edit, name in sorted((edit, name) for name, edits in wanted.items() for edit in edits):
        if cluster and edit.first >= reach:
            yield cluster
            cluster = []
        reach = max(reach, edit.last) if cluster else edit.last
        cluster.append((edit, name))
    if cluster:
        yield cluster


def _moved(start: int, taken: Sequence[tuple[Edit, tuple[str, ...]]]) -> int:
    """Where a place of the base is in the merged text."""
    return start + sum(len(edit.text) - edit.end + edit.start for edit, _ in taken if edit.start < start)


def _wishes(base: str, start: int, end: int, by: Mapping[str, Sequence[Edit]]) -> Iterator[Wish]:
    names: dict[str, list[str]] = {}
    for name, edits in by.items():
        moved = [msgspec.structs.replace(edit, start=edit.start - start, end=edit.end - start) for edit in edits]
        names.setdefault(applied(base[start:end], moved), []).append(name)
    return (Wish(text, tuple(sorted(found))) for text, found in sorted(names.items()))
