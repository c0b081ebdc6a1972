"""What fusion did to the colours of a source: PET or SPECT over MRI.

A colour map carries the functional image; fusion takes its luminance and should leave
the rest alone. The fused colour image is compared with the colour source by pixels:

* `colour_difference`: CIEDE2000, what a viewer sees of the change, luminance included;
* `chroma_difference`: the same without lightness, what fusion should not have changed;
* `spectral_angle`: the angle between the two colours as vectors (SAM);
* `colourfulness` of an image, and `colourfulness_error`, its relative change.

The grey metrics of `bratsfuse.metrics.fusion` look at the luminance, by
`bratsfuse.luminance.luminance`.

>>> import numpy as np
>>> source = np.full((4, 4, 3), (200, 40, 40), np.uint8)
>>> evaluate(source, source)["delta_e"]
0.0
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import UnknownNameError
from bratsfuse.metrics._colour_images import checked_rows
from bratsfuse.metrics._metric import Metric
from bratsfuse.wording import suggestion

__all__ = [
    "METRICS",
    "chroma_difference",
    "colour_difference",
    "colourfulness",
    "colourfulness_error",
    "evaluate",
    "spectral_angle",
]

Floats = npt.NDArray[np.float64]


def colour_difference(
    source: npt.ArrayLike,
    fused: npt.ArrayLike,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return the mean CIEDE2000 between a colour source and the fused colour image.

    Colours are sRGB, white D65, observer 2 degrees. A difference of 1 is just seen.

    Parameters
    ----------
    source, fused
        uint8, shape (H, W, 3): red, green and blue.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        At least 0, less is better; luminance counts too. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return _mean(ciede2000(*_lab_pair(source, fused, inside)))


def chroma_difference(
    source: npt.ArrayLike,
    fused: npt.ArrayLike,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return the mean CIEDE2000 of two images that are given the same lightness.

    Its terms of chroma and hue do not contain the lightness, so this is what is left of
    `colour_difference` without it. Arguments and errors as there.

    Returns
    -------
    float
        At least 0, less is better. NaN if no pixel counts.
    """
    one, other = _lab_pair(source, fused, inside)
    one[:, 0] = other[:, 0] = 50
    return _mean(ciede2000(one, other))


def spectral_angle(
    source: npt.ArrayLike,
    fused: npt.ArrayLike,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return SAM, the mean angle between the colours as vectors of red, green and blue.

    Arguments and errors as in `colour_difference`. A black pixel has no direction; the
    pixels that are black in either image are left out.

    Returns
    -------
    float
        Degrees, in [0, 90], less is better. NaN if no pixel counts.
    """
    one, other = (
        rows.astype(np.float64) for rows in checked_rows(source, fused, inside)
    )
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    seen = lengths > 0
    cosines = np.einsum("ij,ij->i", one[seen], other[seen]) / lengths[seen]
    return _mean(np.degrees(np.arccos(np.clip(cosines, -1, 1))))


def colourfulness(
    image: npt.ArrayLike, *, inside: npt.ArrayLike | None = None
) -> float:
    """Return the colourfulness of an image.

    ``sqrt(s_a^2 + s_b^2) + 0.3 sqrt(m_a^2 + m_b^2)`` of the mean m and the standard
    deviation s of R - G and (R + G) / 2 - B (Hasler and Suesstrunk 2003).

    Parameters
    ----------
    image
        uint8, shape (H, W, 3).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        At least 0; 0 for a grey image, above 100 for an extremely colourful one. NaN if
        no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    rows, _ = checked_rows(image, image, inside)
    if not rows.size:
        return math.nan
    red, green, blue = rows.astype(np.float64).T
    across, along = red - green, (red + green) / 2 - blue
    spread = math.hypot(float(across.std()), float(along.std()))
    return spread + 0.3 * math.hypot(float(across.mean()), float(along.mean()))


def colourfulness_error(
    source: npt.ArrayLike,
    fused: npt.ArrayLike,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return how far the fused image's colourfulness is from the source's, in shares.

    Arguments and errors as in `colour_difference`.

    Returns
    -------
    float
        ``|M(F) - M(S)| / M(S)``, at least 0, less is better. NaN if the source is grey
        or no pixel counts.
    """
    checked_rows(source, fused, inside)  # refuses what differs in shape
    wanted = colourfulness(source, inside=inside)
    found = colourfulness(fused, inside=inside)
    return abs(found - wanted) / wanted if wanted else math.nan


def evaluate(
    source: npt.ArrayLike,
    fused: npt.ArrayLike,
    metrics: str | Sequence[str] | None = None,
    *,
    inside: npt.ArrayLike | None = None,
) -> dict[str, float]:
    """Return the colour metrics of a fused image by key.

    Parameters
    ----------
    source, fused, inside
        As in `colour_difference`.
    metrics
        Keys of `METRICS`; None or ``"all"`` is all of them.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    UnknownNameError
        If a key is unknown.
    """
    keys = [metrics] if isinstance(metrics, str) else list(metrics or METRICS)
    keys = list(METRICS) if keys == ["all"] else keys
    for key in keys:
        if key not in METRICS:
            told = suggestion(key, METRICS)
            raise UnknownNameError(f"unknown colour metric {key!r}; {told}")
    return {key: METRICS[key].function(source, fused, inside=inside) for key in keys}


def _lab_pair(
    source: npt.ArrayLike, fused: npt.ArrayLike, inside: npt.ArrayLike | None
) -> tuple[Floats, Floats]:
    from skimage.color import rgb2lab

    rows = checked_rows(source, fused, inside)
    one, other = (np.array(rgb2lab(part.reshape(-1, 1, 3))[:, 0]) for part in rows)
    return one, other


def ciede2000(one: Floats, other: Floats) -> Floats:
    from skimage.color import deltaE_ciede2000

    return np.asarray(deltaE_ciede2000(one, other))  # type: ignore[no-untyped-call]


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else math.nan


def _record(key: str, title: str, function: Any, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        key=key,
        title=title,
        function=function,
        family="fusion",
        pooling="slice mean",
        higher_is_better=False,
        low=0,
        headline=True,  # whoever scores colours asked for them
        **rest,
    )


METRICS: Final[Mapping[str, Metric]] = {
    metric.key: metric
    for metric in (
        _record(
            "delta_e",
            "CIEDE2000",
            colour_difference,
            high=math.inf,
            unit="",
            undefined_when="no pixel counts",
            worst=math.inf,
            source="Luo, Cui and Rigg 2001; CIE 142-2001",
        ),
        _record(
            "delta_e_chroma",
            "CIEDE2000 without lightness",
            chroma_difference,
            high=math.inf,
            unit="",
            undefined_when="no pixel counts",
            worst=math.inf,
            source="Luo, Cui and Rigg 2001, with equal lightness",
        ),
        _record(
            "sam",
            "SAM",
            spectral_angle,
            high=90,
            unit="degree",
            undefined_when="every pixel is black in an image",
            worst=90,
            source="Yuhas, Goetz and Boardman 1992",
        ),
        _record(
            "colourfulness_error",
            "Error of colourfulness",
            colourfulness_error,
            high=math.inf,
            unit="",
            undefined_when="the source is grey, or no pixel counts",
            worst=math.inf,
            source="Hasler and Suesstrunk 2003",
        ),
    )
}
"""Key -> what the metric is. Boards and reports have none of them."""
