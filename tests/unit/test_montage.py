"""A montage shows the pixels of the slices, in their cells, and labels in colour."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from bratsfuse.anatomy import Label, Modality
from bratsfuse.release.montage import GAP_PIXELS, LABEL_COLOURS, SIDE_PIXELS, draw

LEVELS = dict(zip(map(str, Modality), (50, 100, 150, 200), strict=True))
SIDE = 64
"""Of a slice that is as large as its cell in tests, so that nothing is resampled."""


@pytest.fixture
def picture():
    """The montage of a slice whose images have one grey level each."""
    images = {name: np.full((SIDE, SIDE), at, np.uint8) for name, at in LEVELS.items()}
    images["mask"] = np.zeros((SIDE, SIDE), np.uint8)
    images["mask"][:, 32:] = Label.ET
    titles = {name: name.upper() for name in images}
    return draw([images], ["case_z001"], titles, ["mask"])


def middle_of(picture, column, right):
    """Return the colour at one and three quarters of a cell's width."""
    left = SIDE_PIXELS + column * (SIDE + GAP_PIXELS)
    return picture[picture.shape[0] // 2, left + SIDE * (3 if right else 1) // 4]


def test_every_column_has_the_pixels_of_its_image(picture):
    for column, level in enumerate(LEVELS.values()):
        for right in (False, True):
            np.testing.assert_array_equal(
                middle_of(picture, column, right), [level] * 3
            )


def test_labels_are_painted_on_flair(picture):
    plain, painted = (middle_of(picture, len(LEVELS), right) for right in (False, True))
    np.testing.assert_array_equal(plain, [LEVELS[Modality.FLAIR]] * 3)
    colour = 255 * np.array(to_rgb(LABEL_COLOURS[Label.ET]))
    expected = 0.45 * LEVELS[Modality.FLAIR] + 0.55 * colour
    np.testing.assert_allclose(painted, expected, atol=1)
