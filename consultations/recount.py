"""Counting again: what an export publishes beside what its own rows give. Rows are those of the export's tables, by column.

People cannot be counted from it, for it does not say who wrote what; their answers and all contributions can.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

Rows = Sequence[Mapping[str, Any]]

_ALL_WHO_ANSWERED = -1


class Compared(msgspec.Struct, frozen=True):
    """One number: what it counts, as it is published, and as it is counted from the rows."""

    what: str
    published: int
    counted: int

    @property
    def equal(self) -> bool:
        return self.published == self.counted


def recount(about: Mapping[str, Any], contributions: Rows, totals: Rows, numbers: Rows, log: Rows) -> list[Compared]:
    """Every published number that rows stand behind, counted anew. Numbers that are withheld are left out."""
    given = [one for one in contributions if one["parent"] is None]
    told = {line["detail"]["contribution"] for line in log if line["what"] == "contributed"}
    return [
        Compared("contributions", about["contributions"], len(given)),
        Compared("contributions in the public log", len(contributions), sum(one["id"] in told for one in contributions)),
        *_of_numbers(numbers, contributions, given, _answered(totals)),
        *_of_rankings(totals),
    ]


def _of_numbers(numbers: Rows, contributions: Rows, given: Rows, answered: Mapping[tuple[int, str], int]) -> Iterator[Compared]:
    for line in numbers:
        by, code = line["by"], line["code"]
        what = f"{by} {code}"
        if line["contributions"] is not None:
            match by, code:
                case "all", "replies":
                    counted = len(contributions) - len(given)
                case "all", _:
                    counted = len(given)
                case "verified", _:
                    counted = sum(one["verified"] is (code == "verified") for one in given)
                case _:
                    counted = sum(one[by] == code for one in given)
            yield Compared(f"contributions, {what}", line["contributions"], counted)
        if line["answers"] is not None:
            yield Compared(f"answers, {what}", line["answers"], sum(people for (_, part), people in answered.items() if part == code))


def _answered(totals: Rows) -> dict[tuple[int, str], int]:
    """People who answered, by question and its part: of one choice or a step of a scale the sum, of all others as it is given."""
    found: dict[tuple[int, str], int] = {}
    for line in totals:
        if line["kind"] in ("single", "scale") or line["choice"] == _ALL_WHO_ANSWERED:
            key = line["question"], line["part"]
            found[key] = found.get(key, 0) + line["people"]
    return found


def _of_rankings(totals: Rows) -> Iterator[Compared]:
    """Each place of an order was given by all who answered."""
    answered = {line["question"]: line["people"] for line in totals if line["kind"] == "rank" and line["choice"] == _ALL_WHO_ANSWERED}
    places = sorted({(line["question"], line["place"]) for line in totals if line["kind"] == "rank" and line["place"] is not None})
    for question, place in places:
        counted = sum(line["people"] for line in totals if (line["question"], line["place"]) == (question, place))
        yield Compared(f"question {question}, place {place}", answered[question], counted)
