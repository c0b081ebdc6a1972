"""Methods: whatever predicts, found by its name.

What ``NAME_OR_RUN`` of the command line may be: a fusion method, with options or
without, the run of a baseline, a baseline, or ``module:object``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image, zero_background
from bratsfuse.baselines import BASELINES, Baseline, Predict, bundled
from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.fusers import FUSERS, Fuser, fuser
from bratsfuse.methods.imported import imported
from bratsfuse.registry import Registry
from bratsfuse.release.manifest import Manifest
from bratsfuse.results import Track
from bratsfuse.training.run import is_run, read_run
from bratsfuse.wording import suggestion

if TYPE_CHECKING:
    from bratsfuse.training.seen import Seen

_ANY_SOURCES = "two to four modalities"
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Something that predicts, ready for use.

    Attributes
    ----------
    name
        As it was asked for, hyphens written as underscores.
    summary
        What it does, in a few words.
    tracks
        What it predicts.
    sources
        The modalities that it is given.
    predict
        How it predicts.
    training_data
        What it was trained on; empty if on nothing.
    check
        Refuses a release that it does not suit; None if it suits any.
    seen
        Says which patients of a split it has learned from; None if it learned nothing.
    """

    name: str
    summary: str
    tracks: tuple[Track, ...]
    sources: tuple[Modality, ...]
    predict: Predict
    training_data: str = ""
    check: Callable[[Manifest], None] | None = None
    seen: "Callable[[Path, Manifest, str], Seen] | None" = None

    def __call__(self, originals: Mapping[Modality, Image]) -> Mapping[Track, Image]:
        """Return the predictions of one slice: a track each, checked.

        A fused image is 0 where all that the method was given is 0.

        Parameters
        ----------
        originals
            uint8 (H, W) for each of `sources` at least.

        Raises
        ------
        InvalidInputError
            If the method predicts other tracks than it says, or anything but uint8
            images of the size of the modalities.
        """
        given = {modality: originals[modality] for modality in self.sources}
        predicted = self.predict(given)
        shape = given[self.sources[0]].shape
        forms = {track: (str(one.dtype), one.shape) for track, one in predicted.items()}
        expected = dict.fromkeys(self.tracks, ("uint8", shape))
        if forms != expected:
            raise InvalidInputError(
                f"{self.name} predicted {forms}; expected {expected}: fix the method"
            )
        if "fusion" not in predicted:
            return predicted
        return {
            **predicted,
            "fusion": zero_background(predicted["fusion"], given.values()),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One line of the list of fusion methods and baselines.

    Attributes
    ----------
    name
        What commands take.
    kind
        ``fuser`` or ``baseline``.
    summary
        What it does, in a few words.
    tracks
        What it predicts.
    inputs
        The modalities that it takes, in words.
    needs
        What has to come first: nothing, training, or an optional dependency.
    """

    name: str
    kind: str
    summary: str
    tracks: tuple[Track, ...]
    inputs: str
    needs: str

    def to_json(self) -> dict[str, object]:
        """Return the line as JSON values."""
        return asdict(self)


def listings() -> Iterator[Listing]:
    """Yield every fusion method, then every baseline, each kind sorted by name."""
    for name, each in FUSERS.usable():
        yield Listing(
            name=name,
            kind="fuser",
            summary=each.summary + (f"; or {each.example}" if each.example else ""),
            tracks=("fusion",),
            inputs=_ANY_SOURCES,
            needs=f"bratsfuse[{each.extra}]" if each.extra else _NOTHING,
        )
    for name, baseline in BASELINES.usable():
        yield Listing(
            name=name,
            kind="baseline",
            summary=baseline.summary,
            tracks=baseline.tracks,
            inputs=", ".join(baseline.sources or ()) or _ANY_SOURCES,
            needs=_NOTHING if baseline.predict or bundled(name) else "training",
        )


def method(
    name: str, default: Sequence[Modality], sources: Sequence[Modality] | None = None
) -> Method:
    """Return the method of a name.

    Parameters
    ----------
    name
        A fusion method, with options such as ``weighted:2,1`` or without; a run of
        ``bratsfuse train``; a baseline; or ``module:object``, a `Baseline`, `Fuser` or
        function of images in any module. The first of these that there is.
    default
        The modalities that a method is given by default if it takes any.
    sources
        The modalities that the user asked for; None for none in particular.

    Raises
    ------
    UnknownNameError
        If there is neither.
    InvalidInputError
        If the method does not take these sources or options, or has to be trained.
    MissingExtraError
        If an optional dependency is not installed.
    """
    plain, _, attribute = name.partition(":")
    if _has(FUSERS, plain):
        found = fuser(name)
        found.check_installed(name)
        return _of_fuser(name, found, tuple(sources or default))
    if is_run(Path(name)):
        return _of_run(Path(name), sources)
    if _has(BASELINES, name):
        if own := bundled(name):
            return _of_run(own, sources)
        return _of_baseline(name, BASELINES[name], default, sources)
    if attribute.isidentifier():
        return _of_baseline(name, imported(name), default, sources)
    hint = suggestion(plain, [*FUSERS, *BASELINES])
    raise UnknownNameError(f"no fusion method or baseline is called {name!r}; {hint}")


def method_for(
    manifest: Manifest, name: str, sources: Sequence[Modality] | None = None
) -> Method:
    """Return the method of a name as `method` does, once it fits a release.

    Raises
    ------
    UnknownNameError, MissingExtraError
        As `method`.
    InvalidInputError
        As `method`; and if the release is not like that of the method's training.
    """
    found = method(name, manifest.recipe.sources, sources)
    if found.check is not None:
        found.check(manifest)
    return found


@lru_cache(maxsize=4)
def cached_method(name: str, sources: tuple[Modality, ...]) -> Method:
    """Return the method of a name as `method` does, found once in each process."""
    return method(name, sources)


def _has(registry: Registry[Fuser] | Registry[Baseline], name: str) -> bool:
    return not {name, name.replace("-", "_")}.isdisjoint(registry)


def _of_fuser(name: str, found: Fuser, sources: tuple[Modality, ...]) -> Method:
    if len(sources) < 2 or len(set(sources)) < len(sources):
        raise InvalidInputError(
            f"{name} of {', '.join(sources)}; expected two to four different modalities"
        )

    def fused(originals: Mapping[Modality, Image]) -> Mapping[Track, Image]:
        images = np.stack([originals[modality] for modality in sources])
        return {"fusion": found(images)}

    plain, colon, options = name.partition(":")
    return Method(
        name=plain.replace("-", "_") + colon + options,
        summary=found.summary,
        tracks=("fusion",),
        sources=sources,
        predict=fused,
    )


def _of_run(run: Path, sources: Sequence[Modality] | None) -> Method:
    from bratsfuse.training.seen import seen_in
    from bratsfuse.training.trained import load_run  # imports torch

    record = read_run(run)
    baseline = BASELINES[record.baseline]
    if baseline.training is None:
        raise InvalidInputError(
            f"{run}: a run of {record.baseline}, which is not trained in this version; "
            "train again"
        )
    trained = load_run(run, baseline.training())
    columns = cast("tuple[Modality, ...]", trained.columns)
    if sources is not None and tuple(sources) != columns:
        raise InvalidInputError(
            f"{run} was trained on {', '.join(columns)}; leave the sources out"
        )

    def predicted(images: Mapping[Modality, Image]) -> Mapping[Track, Image]:
        return trained.predict({str(name): image for name, image in images.items()})

    return Method(
        name=record.baseline,
        summary=baseline.summary,
        tracks=trained.tracks,
        sources=columns,
        predict=predicted,
        training_data=record.training_data,
        check=trained.check,
        seen=partial(seen_in, record),
    )


def _of_baseline(
    name: str,
    baseline: Baseline,
    default: Sequence[Modality],
    sources: Sequence[Modality] | None,
) -> Method:
    if baseline.predict is None:
        raise InvalidInputError(
            f"{name} has to be trained first: run bratsfuse train {name}, then give "
            "the folder of the run instead of its name"
        )
    if baseline.sources is not None and sources not in (None, baseline.sources):
        raise InvalidInputError(
            f"{name} of {', '.join(sources or ())}; it takes "
            f"{', '.join(baseline.sources)}: leave the sources out"
        )
    return Method(
        name=name if ":" in name else name.replace("-", "_"),
        summary=baseline.summary,
        tracks=baseline.tracks,
        sources=baseline.sources or tuple(sources or default),
        predict=baseline.predict,
    )
