from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given

from envgit.model import Drift
from envgit.render.html import drift_html
from tests.drift.environments import DRIFTS
from tests.render.nouns import AFTER, BEFORE, EVERY_KIND, EVIL, HOSTILE

VOID = {"meta"}
OURS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "p"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "strong", "ul", "li"),
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
    assert texts[start - 1 : start + 5] == ["↑ upgraded", "numpy", "conda", "1.26.4", "2.1.0", "major"]
    assert texts.index("BLAS openblas → mkl") < start
    assert texts.count("Environment drift: paper-v1 (3f2a9c1d0b5e) → live (77aa9c1d0b5e)") == 2
    assert "variable CUDA_HOME added" in texts


def test_a_page_tells_assistive_technology_what_its_table_means() -> None:
    page = drift_html(EVERY_KIND, BEFORE, AFTER)
    assert '<html lang="en">' in page
    assert page.count('<th scope="col">') == 7
    assert page.count('<th scope="row">') == len(EVERY_KIND.changes)
    caption = "1 upgraded (1 major), 1 downgraded, 2 rebuilt, 1 rechanneled, 2 moved, 1 metadata, 2 settings"
    assert f"<caption>2 added, 1 removed, {caption}; requested packages in bold</caption>" in page
    assert "@media print" in page
    assert "prefers-color-scheme: dark" in page


def test_a_page_says_what_its_ends_are_not() -> None:
    page = Page(drift_html(Drift(), BEFORE, AFTER, notes=["HEAD has <no> snapshot"]))
    assert "HEAD has <no> snapshot" in page.texts
    assert page.tags <= OURS


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
