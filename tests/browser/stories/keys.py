"""A person's keyboard, with no hand on a mouse: Tab, Shift+Tab, Enter, Space, arrows and Escape, and letters where one writes."""

import re

import pytest
from playwright.async_api import Page

MOST_STEPS = 400
_FOCUSED = """
() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const box = element.getBoundingClientRect();
    const styles = [element, element.closest("label")].filter(Boolean).map((one) => getComputedStyle(one));
    const labels = [...(element.labels ?? [])].map((label) => label.innerText).join(" ");
    const named = element.getAttribute("aria-label") || labels || element.innerText;
    return {
        name: (named ?? "").replace(/\\s+/g, " ").trim(),
        within: element.closest("[id]")?.id ?? "",
        kind: element.localName,
        // On the element, or on the label that is drawn around it.
        marked: styles.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
        seen: box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    };
}
"""


class Keys:
    """A person's keyboard. Wherever the focus goes by Tab, it must be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def write(self, words: str) -> None:
        await self.page.keyboard.insert_text(words)

    async def at(self, name: str, *keys: str, within: str = "") -> None:
        """Tab to what is called ``name``, as ``to`` does, and press these there."""
        await self.to(name, within=within)
        await self.press(*keys)

    async def here(self) -> str:
        """The name of what has the focus."""
        focused = await self.page.evaluate(_FOCUSED)
        return focused["name"] if focused else ""

    async def to(self, name: str, *, within: str = "", back: bool = False) -> None:
        """Tab until what has the focus is called ``name`` (a pattern), inside the element with the id ``within``."""
        seen = []
        inside = f"element => element.closest('#{within}') !== null" if within else "() => true"
        for _ in range(MOST_STEPS):
            await self.press("Shift+Tab" if back else "Tab")
            focused = await self.page.evaluate(_FOCUSED)
            if focused is None:
                continue  # the browser's own bar, between the end of the page and its beginning
            seen.append(focused["name"])
            assert focused["seen"], f"the focus is out of sight at {focused}"
            assert focused["marked"], f"the focus cannot be seen at {focused}"
            if re.search(name, focused["name"]) and await self.page.evaluate(f"({inside})(document.activeElement)"):
                return
        pytest.fail(f"no way by Tab to {name!r}: {seen}")
