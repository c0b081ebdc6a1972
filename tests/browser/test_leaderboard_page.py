"""The leaderboard as its reader meets it: with a mouse, a keyboard, a telephone."""

import boards
import pytest

from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.render import render

SEGMENTATION = ("segmentation",)
TABLE = "section[data-track=segmentation] .standings"
NAMES = f"{TABLE} tbody .name a"
LONG = (
    "A name as long as it may be, " + "of words and of oneverylongwordwithoutanyspaces"
)

# Equal to three digits, in another order than their ranks and names.
CLOSE = {"alpha": 0.80012, "beta": 0.80049, "gamma": 0.80031, "delta": 0.79951}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    for place, (name, dice) in enumerate(CLOSE.items()):
        values = {("WT", "dice"): [dice] * 12, ("WT", "hd95"): [30.0 - place] * 12}
        report = boards.write_scored(
            folder / name,
            name,
            0.9 - 0.2 * place,
            ("fusion", "segmentation"),
            values=values,
            training_data="Example data" if name == "beta" else "",
            authors=("Someone Else",) if name == "gamma" else (),
        )
        admit(report, folder / "board")
    for name in ("<script>alert(1)</script>", LONG):
        report = boards.write_scored(folder / name[:5], name, 0.1, SEGMENTATION)
        admit(report, folder / "board")
    admit(
        boards.write_scored(folder / "half", "Half", 0.9, missing=3), folder / "board"
    )
    admit(boards.write_refused(folder / "broken", "Broken"), folder / "board")
    render(folder / "board", folder / "site")
    return folder / "site"


@pytest.fixture
def opened(browser, site):
    """Open the board, and look afterwards that nothing went wrong or out."""
    pages = []

    def opened(path="index.html", **options):
        pages.append(browser.open((site / path).as_uri(), **options))
        return pages[-1]

    yield opened
    for page in pages:
        assert page.console == []
        assert [url for url in page.requests if not url.startswith("file:")] == []
        page.close()


def head(title):
    """Return the selector of a column's button, marked by its title."""
    return f"{TABLE} thead [data-column='{title}'] button"


def mark_columns(page):
    page.evaluate(
        f"document.querySelectorAll('{TABLE} thead th').forEach("
        "th => th.dataset.column = th.querySelector('button').textContent)"
    )


def directions(page):
    return page.evaluate(
        "Object.fromEntries("
        f"[...document.querySelectorAll('{TABLE} thead [aria-sort]')]"
        ".map(th => [th.querySelector('button').textContent, th.ariaSort]))"
    )


def known(names):
    return [name for name in names if name in CLOSE]


def test_the_board_opens_in_the_order_of_ranks(opened):
    page = opened()
    assert page.texts(NAMES)[:4] == ["alpha", "beta", "gamma", "delta"]
    assert directions(page) == {"Rank": "ascending"}


def test_a_click_sorts_by_full_precision_best_first(opened):
    page = opened()
    mark_columns(page)
    page.click(head("WT Dice"))
    shown = page.texts(f"{TABLE} tbody td:nth-child(7) b")
    assert shown.count("0.800") == 4
    assert known(page.texts(NAMES)) == ["beta", "gamma", "alpha", "delta"]
    assert directions(page) == {"WT Dice": "descending"}
    page.click(head("WT Dice"))
    assert known(page.texts(NAMES)) == ["delta", "alpha", "gamma", "beta"]
    assert directions(page) == {"WT Dice": "ascending"}


def test_lower_is_better_sorts_the_other_way(opened):
    page = opened()
    mark_columns(page)
    page.click(head("WT HD95"))
    assert known(page.texts(NAMES)) == ["delta", "gamma", "beta", "alpha"]
    assert directions(page) == {"WT HD95": "ascending"}


def test_what_has_no_value_comes_last_both_ways_in_the_order_of_ranks(opened):
    page = opened()
    mark_columns(page)
    for _ in range(2):
        page.click(head("Name"))
    assert known(page.texts(NAMES)) == ["gamma", "delta", "beta", "alpha"]
    for _ in range(2):
        page.click(head("Training data"))
        assert known(page.texts(NAMES)) == ["beta", "alpha", "gamma", "delta"]


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_sorts(opened, key):
    page = opened()
    mark_columns(page)
    page.evaluate("document.querySelector('.skip').focus()")
    for _ in range(40):
        page.press("Tab")
        if page.evaluate("document.activeElement.closest('th')?.dataset.column") == (
            "WT Dice"
        ):
            break
    page.press(key)
    assert known(page.texts(NAMES)) == ["beta", "gamma", "alpha", "delta"]
    assert directions(page) == {"WT Dice": "descending"}
    assert "Sorted by WT Dice, descending" in page.evaluate(
        "document.querySelector('[data-track=segmentation] [data-sorted]').textContent"
    )


def test_focus_can_be_seen(opened):
    page = opened()
    page.press("Tab")
    for _ in range(12):
        page.press("Tab")
        assert page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle"
        ) in (
            "solid",
            "auto",
        )


def test_typing_filters_entries_everywhere(opened):
    page = opened()
    page.click("#search")
    page.type("EXAMPLE")
    assert page.texts(NAMES) == ["beta"]
    assert page.text(".controls output") == "1 of 8 entries"
    for _ in "EXAMPLE":
        page.press("Backspace")
    assert page.text(".controls output") == "8 of 8 entries"
    page.type("else gam")
    assert page.texts(NAMES) == ["gamma"]
    page.press("Enter")
    assert page.texts(NAMES) == ["gamma"]


def test_a_track_can_be_chosen_by_keyboard(opened):
    page = opened()
    page.click("input[name=track]")
    page.press("ArrowRight")
    assert page.texts("section[data-track] h2") == ["Fusion"]
    assert page.text(".controls output") == "6 of 8 entries"
    page.press("ArrowRight")
    assert page.texts("section[data-track] h2") == ["Segmentation"]


def test_every_entry_has_a_page_that_leads_back(opened, site):
    page = opened()
    links = page.evaluate(
        "[...new Set([...document.querySelectorAll('a[href^=entries]')]"
        ".map(a => a.getAttribute('href')))]"
    )
    assert len(links) == 8 == len(list((site / "entries").glob("*.html")))
    for link in links:
        page.follow(f"a[href='{link}']")
        assert page.text("h1")
        page.follow(".back a")
        assert page.texts("h2")[0] == "Segmentation"


def test_columns_of_an_entry_are_chosen(opened):
    page = opened("entries/alpha.html")
    heads = ".chosen thead th"
    assert "Median" in page.texts(heads)
    assert "Undefined" not in page.texts(heads)  # nothing is: no column of zeros
    page.click(".chooser summary")
    page.click("[data-column=c-median]")
    first = "main .chosen:first-of-type thead th"
    assert "Median" not in page.texts(first)
    assert not any("Student" in one for one in page.texts(first))
    page.click("[data-column=c-t]")
    assert any("Student" in one for one in page.texts(first))
    half = opened("entries/half.html")
    assert "Missing" in half.texts(heads)


def test_an_entry_page_tells_scores_cases_and_origin(opened):
    page = opened("entries/alpha.html")
    told = page.text("main")
    for words in ("1 of 6 by mean rank", "case_011", "WT Dice", "Predictions, SHA-256"):
        assert words in told
    failed = opened("entries/broken.html")
    assert "label 4; expected 0 to 3" in failed.text("main")


PAGES = ("index.html", "entries/alpha.html", "entries/half.html", "entries/broken.html")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(opened, path, width):
    page = opened(path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_segmentation_table_fits_a_laptop(opened):
    page = opened(width=1280)
    table, room = page.evaluate(
        f"(box => [box.scrollWidth, box.clientWidth])"
        f"(document.querySelector('{TABLE} table').parentElement)"
    )
    assert table <= room


@pytest.mark.parametrize("path", PAGES)
def test_both_schemes_can_be_read(opened, path):
    for dark in (False, True):
        page = opened(path, dark=dark)
        ink, paper = (
            page.evaluate(
                "(colour => colour.match(/[0-9.]+/g).slice(0, 3).map(Number)"
                f".reduce((a, b) => a + b))(getComputedStyle(document.body).{part})"
            )
            for part in ("color", "backgroundColor")
        )
        assert (paper < ink) is dark
        assert abs(paper - ink) > 400


def test_the_page_is_whole_without_scripts(opened):
    page = opened(javascript=False)
    assert page.texts(NAMES)[:4] == ["alpha", "beta", "gamma", "delta"]
    assert page.texts(f"{TABLE} thead th") != []
    assert page.texts(f"{TABLE} thead button") == []
    assert page.texts(".controls") == []
    assert page.texts("section[data-track] h2") == ["Segmentation", "Fusion"]


def test_paper_shows_tables_without_controls(opened):
    page = opened(media="print", width=1000)
    assert page.texts(".controls") == []
    assert len(page.texts(f"{TABLE} tbody tr")) == 6
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000


def test_names_from_strangers_run_nothing(opened):
    page = opened()
    assert "<script>alert(1)</script>" in page.texts(NAMES)
    assert page.evaluate("document.scripts.length") == 1
