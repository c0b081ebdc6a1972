"""What a network takes for granted about a release, and the refusal of another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bratsfuse.anatomy import Region
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.release.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """A release, as far as a run has to remember it.

    Attributes
    ----------
    fingerprint
        Of the release.
    layout, title
        The raw release that it was built from.
    synthetic
        Whether its cases are phantoms.
    image_shape
        Rows and columns of every image.
    regions
        The regions that its labels express.
    products
        Each fusion product that the network is given -> the modalities it is made of.
    """

    fingerprint: str
    layout: str
    title: str
    synthetic: bool
    image_shape: tuple[int, int]
    regions: tuple[str, ...]
    products: Mapping[str, tuple[str, ...]]


def facts_of(manifest: Manifest, columns: Sequence[str]) -> ReleaseFacts:
    """Return the facts of a release that a network is given some columns of."""
    products = [
        column.removeprefix(FUSION_PREFIX)
        for column in columns
        if column.startswith(FUSION_PREFIX)
    ]
    return ReleaseFacts(
        fingerprint=manifest.fingerprint,
        layout=manifest.source.layout,
        title=manifest.source.title,
        synthetic=manifest.source.synthetic,
        image_shape=manifest.image_shape,
        regions=manifest.source.regions,
        products={
            name: tuple(manifest.sources_of(name))
            for name in products
            if name in manifest.products
        },
    )


def refuse_missing_regions(facts: ReleaseFacts) -> None:
    """Refuse to train on labels that cannot express the regions that networks learn.

    Raises
    ------
    InvalidInputError
        With the regions that are missing.
    """
    if missing := [region for region in Region if region not in facts.regions]:
        raise InvalidInputError(
            f"the labels of {facts.title} express {', '.join(facts.regions)} only; "
            f"training needs {', '.join(missing)}, too: use another release"
        )


def refuse_other_images(found: ReleaseFacts, trained: ReleaseFacts) -> None:
    """Refuse to predict a release whose images are not like those of the training.

    Another release is welcome if its labels express the same regions and its fusion
    products are made of the same modalities; images may have any size.

    Raises
    ------
    InvalidInputError
        With everything that differs.
    """
    names = ("regions", "products")
    if differing := _differences(found, trained, names):
        raise InvalidInputError(
            f"the images of {found.title} are not like those of the training: "
            f"{differing}; train on a release like this one"
        )


def refuse_other_release(found: ReleaseFacts, trained: ReleaseFacts) -> None:
    """Refuse to go on with another release than the one that a run began with.

    Raises
    ------
    InvalidInputError
        If the fingerprints differ, with what else does.
    """
    names = ("layout", "image_shape", "regions", "products", "fingerprint")
    if differing := _differences(found, trained, names):
        raise InvalidInputError(
            f"the run began with another release: {differing}; resume with that one, "
            "or train anew into another folder"
        )


def _differences(
    found: ReleaseFacts, trained: ReleaseFacts, names: Sequence[str]
) -> str:
    return "; ".join(
        f"{name.replace('_', ' ')} {_words(found, name)}, not {_words(trained, name)}"
        for name in names
        if getattr(found, name) != getattr(trained, name)
    )


def _words(facts: ReleaseFacts, name: str) -> str:
    value = getattr(facts, name)
    if name == "image_shape":
        return "x".join(map(str, value))
    if name == "products":
        made = (f"{one} of {' + '.join(made_of)}" for one, made_of in value.items())
        return ", ".join(made) or "none"
    return ", ".join(value) if isinstance(value, tuple) else f"{value:.16}"
