"""The keyboard of a person who has no mouse: what has the focus is seen."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

_MOST_STOPS = 60  # of a page until what is looked for must have come
_NAME = """() => {
    const here = document.activeElement;
    return (here.labels?.length ? here.labels[0].textContent : here.textContent).trim().replace(/\\s+/g, " ");
}"""
_IS_SEEN = """() => {
    const here = document.activeElement, style = getComputedStyle(here), box = here.getBoundingClientRect();
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return outlined && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}"""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that are pressed on a page, and nothing else."""

    page: Page

    def to(self, name: str) -> Keys:
        """Go on with the tabulator to what has this label or text. Every stop on the way must be seen."""
        self.page.wait_for_load_state()  # without its styles nothing is seen
        stops = []
        for _ in range(_MOST_STOPS):
            self.press("Tab")
            stops.append(str(self.page.evaluate(_NAME)))
            if stops[-1] == "" or self.page.evaluate("document.activeElement === document.body"):
                continue
            assert self.page.evaluate(_IS_SEEN), f"{stops[-1]} has a focus that is not seen"
            if stops[-1] == name:
                return self
        raise AssertionError(f"the keyboard does not reach {name}: {stops}")

    def press(self, *keys: str) -> Keys:
        """Press one key after the other."""
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def write(self, text: str) -> Keys:
        """Write into the field, and send it with the return key."""
        self.page.keyboard.type(text)
        return self.press("Enter")
