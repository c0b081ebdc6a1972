"""A trained baseline in Python: one that comes with bratsfuse, or a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image
from bratsfuse.baselines import BASELINES
from bratsfuse.baselines._bundled import bundled, bundled_names
from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.training.run import is_run, read_run
from bratsfuse.training.trained import Trained, load_run
from bratsfuse.wording import suggestion

_CARD: Final = "README.md"


@dataclass(frozen=True, slots=True)
class Model:
    """A trained baseline, ready to use.

    Attributes
    ----------
    trained
        Its networks, with the record of their training.
    folder
        Where its weights are.
    """

    trained: Trained
    folder: Path

    def __repr__(self) -> str:
        return f"Model({self.trained!r})"

    @property
    def sources(self) -> tuple[str, ...]:
        """Return what it is given, in order: modalities and fusion products."""
        return self.trained.config.sources

    @property
    def card(self) -> str:
        """Return its model card, empty if it has none."""
        card = self.folder / _CARD
        return card.read_text(encoding="utf-8") if card.is_file() else ""

    def fuse(self, sources: Mapping[Modality | str, Image]) -> Image:
        """Return the fused image of a slice, uint8 (H, W), 0 where all sources are 0.

        Parameters
        ----------
        sources
            Name -> uint8 (H, W), scaled as a release stores it, for each of `sources`;
            of any size. See `bratsfuse.methods.fuse_folders` for volumes.

        Raises
        ------
        InvalidInputError
            If a source is missing or is no such image, or the model does not fuse.
        """
        return self._predicted(sources, "fusion")

    def segment(self, images: Image | Mapping[Modality | str, Image]) -> Image:
        """Return the labels of a slice, uint8 (H, W).

        Parameters
        ----------
        images
            One fused image, uint8 (H, W), where the model segments those, as Fuse4Seg's
            follower and the reference segmenter do; or name -> image for each of
            `sources`.

        Raises
        ------
        InvalidInputError
            If an image is missing or is no such image, or the model segments others.
        """
        if isinstance(images, Mapping):
            return self._predicted(images, "segmentation")
        return self.trained.labels_in(_checked("the fused image", images))

    def _predicted(self, images: Mapping[Modality | str, Image], track: str) -> Image:
        if track not in self.trained.tracks:
            raise InvalidInputError(
                f"{self.trained.record.baseline} predicts "
                f"{', '.join(self.trained.tracks)}, not {track}: load another baseline"
            )
        given = {str(name): image for name, image in images.items()}
        named = dict(zip(self.sources, self.trained.columns, strict=True))
        if missing := [name for name in named if name not in given]:
            raise InvalidInputError(
                f"sources: {', '.join(missing)} missing, found {', '.join(given)}; "
                f"expected {', '.join(named)}"
            )
        columns = {
            column: _checked(name, given[name]) for name, column in named.items()
        }
        shapes = {name: image.shape for name, image in columns.items()}
        if len(set(shapes.values())) > 1:
            raise InvalidInputError(
                f"sources of different shapes: {shapes}; expected one shape: "
                "resample them to one grid first"
            )
        return self.trained.predict(columns)[track]


def load(name: str | Path, *, device: str = "cpu") -> Model:
    """Return a trained baseline.

    Parameters
    ----------
    name
        ``fuse4seg`` or ``reference_segmenter``, whose weights come with bratsfuse; or
        the folder of a run of ``bratsfuse train``.
    device
        What torch calls it, or ``auto``.

    Raises
    ------
    UnknownNameError
        If there is neither.
    InvalidInputError
        If the run has not been validated yet, or is one of another version.
    """
    folder = Path(name)
    if not is_run(folder):
        folder = bundled(str(name)) or folder
    if not is_run(folder):
        raise UnknownNameError(
            f"no run is at {str(name)!r}, and no weights of that name come with "
            f"bratsfuse; {suggestion(str(name), bundled_names())}"
        )
    baseline = BASELINES[read_run(folder).baseline]
    if baseline.training is None:
        raise InvalidInputError(
            f"{folder}: a run of a baseline that is not trained in this version; train "
            "again"
        )
    return Model(load_run(folder, baseline.training(), device), folder)


def _checked(name: str, image: npt.NDArray[np.uint8]) -> Image:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 2:
        found = (
            f"{image.dtype} of shape {image.shape}"
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise InvalidInputError(
            f"{name}: found {found}, expected an uint8 array of shape (height, width); "
            "scale to 0-255 as bratsfuse build does"
        )
    return image
