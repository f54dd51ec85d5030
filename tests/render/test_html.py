from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given

from envgit.model import Drift
from envgit.render.html import drift_html
from tests.drift.environments import DRIFTS
from tests.render.nouns import AFTER, BEFORE, EVERY_KIND, EVIL, HOSTILE

VOID = {"meta"}
OURS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "p"),
    *("table", "tr", "th", "td", "strong", "ul", "li"),
}


class Page(HTMLParser):
    """Checks that tags nest, and keeps what a reader and a browser get."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data)


def test_a_page_stands_alone() -> None:
    page = Page(drift_html(EVERY_KIND, BEFORE, AFTER))
    assert not page.attributes & {"src", "href", "onload"}
    assert page.tags == OURS


def test_a_page_says_what_changed() -> None:
    texts = Page(drift_html(EVERY_KIND, BEFORE, AFTER)).texts
    start = texts.index("numpy")
    assert texts[start - 1 : start + 4] == ["↑", "numpy", "conda", "1.26.4", "2.1.0"]
    assert texts.count("Environment drift: paper-v1 (3f2a9c1d0b5e) → live (77aa9c1d0b5e)") == 2
    assert "variable CUDA_HOME added" in texts


def test_an_empty_drift_has_no_table() -> None:
    page = Page(drift_html(Drift(), BEFORE, AFTER))
    assert "table" not in page.tags
    assert page.texts[-2:] == ["unchanged", "no differences"]


def test_no_name_of_a_stranger_is_markup() -> None:
    page = Page(drift_html(HOSTILE, BEFORE, AFTER))
    assert page.tags <= OURS
    shown = EVIL.replace("\x1b", r"\x1b").replace("\x07", r"\x07").replace("\n", r"\n")
    assert shown.replace("\u202e", r"\u202e") in page.texts


@given(DRIFTS)
def test_any_drift_is_a_page_of_our_own_tags_only(drift: Drift) -> None:
    page = drift_html(drift, BEFORE, AFTER)
    page.encode()
    assert Page(page).tags <= OURS
