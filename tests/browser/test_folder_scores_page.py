"""The pages of folder scores in a browser: quiet, alone, readable on a telephone."""

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from bratsfuse.folder_scores import (
    score_fused,
    score_masks,
    write_fused_scores,
    write_mask_scores,
)

HOSTILE = "<script>document.title = 'taken'</script>\"'"
LONG = "Unbreakable" * 7


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A folder with a page of masks and one of fused images, two methods each."""
    folder = tmp_path_factory.mktemp("pages")
    rng = np.random.default_rng(4)
    for number in range(4):
        labels = np.zeros((16, 14, 10), np.uint8)
        labels[3:9, 3:9, 2 : 5 + number] = 2
        labels[4:7, 4:7, 3:5] = 3
        for place, shift in (("reference", 0), ("a", 1), ("b", 2)):
            (folder / place).mkdir(exist_ok=True)
            moved = nib.Nifti1Image(np.roll(labels, shift, 0), np.diag([-1, -1, 2, 1]))
            nib.save(moved, folder / place / f"{LONG}_{number}.nii.gz")
        for place in ("one", "two", "x", "y"):
            (folder / place).mkdir(exist_ok=True)
            grey = rng.integers(0, 256, (40, 44), np.uint8)
            Image.fromarray(grey).save(folder / place / f"{LONG}_{number}.png")
    masks = score_masks(
        {HOSTILE: folder / "a", LONG: folder / "b"},
        folder / "reference",
        regions={HOSTILE: [1, 2, 3], "ET": [3]},
        metrics=["dice", "hd95", "lesion_dice"],
        workers=1,
    )
    write_mask_scores(masks, folder / "masks")
    fused = score_fused(
        {HOSTILE: folder / "x", LONG: folder / "y"},
        [folder / "one", folder / "two"],
        metrics=["en", "mi", "qabf"],
        workers=1,
    )
    write_fused_scores(fused, folder / "fused")
    return folder


@pytest.fixture(params=["masks", "fused"])
def address(pages, request):
    return (pages / request.param / "report.html").as_uri()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_is_quiet_asks_for_nothing_and_fits(browser, address, width):
    with browser.open(address, width=width) as page:
        assert page.console == []
        assert [url for url in page.requests if not url.startswith("data:")] == [
            address
        ]
        assert page.evaluate("document.title").endswith("scores by bratsfuse")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_figure_has_a_name_that_is_spoken(browser, address):
    with browser.open(address) as page:
        page.call("Accessibility.enable")
        nodes = page.call("Accessibility.getFullAXTree")["nodes"]
        images = [
            node
            for node in nodes
            if node.get("role", {}).get("value") in {"img", "image"}
            and not node["ignored"]
        ]
        drawn = page.evaluate("document.querySelectorAll('svg').length")
        assert len(images) >= drawn >= 7
        assert all(node["name"]["value"].strip() for node in images)
