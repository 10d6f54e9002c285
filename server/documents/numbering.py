"""The numbers that Word shows in front of paragraphs without writing them (ECMA-376 part 1, section 17.9), and heading levels."""

import re

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST_STYLE = 12


class Numbering:
    """Counts the numbered paragraphs of one document. Ask for each paragraph once, in order."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        abstracts = {item.get(f"{W}abstractNumId", ""): item for item in _all(numbering, "abstractNum")}
        self.lists: dict[str, tuple[str, dict[int, etree._Element]]] = {}
        for item in _all(numbering, "num"):
            abstract = _value(item, "abstractNumId")
            levels = {_whole(level.get(f"{W}ilvl")): level for level in _all(abstracts.get(abstract), "lvl")}
            self.lists[item.get(f"{W}numId", "")] = (abstract, levels)
        self.restarts = {
            (item.get(f"{W}numId", ""), _whole(override.get(f"{W}ilvl"))): _whole(_value(override, "startOverride"))
            for item in _all(numbering, "num")
            for override in _all(item, "lvlOverride")
            if override.find(f"{W}startOverride") is not None
        }
        self.styles = {style.get(f"{W}styleId", ""): style for style in _all(styles, "style")}
        self.counts: dict[str, dict[int, int]] = {}

    def describe(self, paragraph: etree._Element) -> tuple[int, str]:
        """The heading level of a paragraph (0: none) and its automatic number, such as ``1.`` or ``a)``."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return 0, ""
        chain = [properties, *self._style_properties(_value(properties, "pStyle"))]
        level = next((_whole(_value(item, "outlineLvl")) + 1 for item in chain if item.find(f"{W}outlineLvl") is not None), 0)
        found = next((numbered for item in chain if (numbered := item.find(f"{W}numPr")) is not None), None)
        auto = "" if found is None else self._count(_value(found, "numId"), _whole(_value(found, "ilvl")))
        return (level if level <= 9 else 0), auto

    def _style_properties(self, style: str) -> list[etree._Element]:
        found: list[etree._Element] = []
        for _ in range(_DEEPEST_STYLE):
            element = self.styles.get(style)
            if element is None:
                break
            properties = element.find(f"{W}pPr")
            if properties is not None:
                found.append(properties)
            style = _value(element, "basedOn")
        return found

    def _count(self, number: str, level: int) -> str:
        if number not in self.lists:
            return ""
        abstract, levels = self.lists[number]
        counts = self.counts.setdefault(abstract, {})
        restart = self.restarts.pop((number, level), None)
        if restart is not None:
            counts[level] = restart - 1
        start = _whole(_value(levels[level], "start"), 1) if level in levels else 1
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [place for place in counts if place > level]:
            del counts[deeper]
        if level not in levels:
            return ""
        return self._shown(_value(levels[level], "lvlText"), levels, counts).strip()

    @staticmethod
    def _shown(pattern: str, levels: dict[int, etree._Element], counts: dict[int, int]) -> str:
        def number(found: re.Match[str]) -> str:
            place = int(found[1]) - 1
            return _formatted(counts.get(place, 1), _value(levels[place], "numFmt") if place in levels else "decimal")

        # A bullet is a character of a symbol font: a dash says the same in any font.
        return re.sub(r"%([1-9])", number, pattern) if "%" in pattern else ("-" if pattern.strip() else "")


def _formatted(number: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 4)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and 0 < number < 400:
        tens, ones = divmod(number % 100, 10)
        roman = "C" * (number // 100) + ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"][tens]
        roman += ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"][ones]
        return roman.lower() if form == "lowerRoman" else roman
    if form in ("none", "bullet"):
        return ""
    return f"{number:02}" if form == "decimalZero" else str(number)


def _all(element: etree._Element | None, name: str) -> list[etree._Element]:
    return [] if element is None else element.findall(f"{W}{name}")


def _value(element: etree._Element, name: str) -> str:
    found = element.find(f"{W}{name}")
    return "" if found is None else found.get(f"{W}val", "")


def _whole(value: str | None, otherwise: int = 0) -> int:
    return int(value) if value and re.fullmatch(r"\d{1,6}", value) else otherwise
