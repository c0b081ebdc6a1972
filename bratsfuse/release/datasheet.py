"""The datasheet: what a release is and is not, in words, from the facts it stores.

The seven headings are those of Gebru T, Morgenstern J, Vecchione B, et al. Datasheets
for datasets. Commun ACM 64(12):86-92, 2021. Without a manifest the text describes any
release of the default recipe: that is the DATASHEET.md of the repository.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bratsfuse.anatomy import REGIONS, Label
from bratsfuse.issues import Severity
from bratsfuse.place.document import write_document
from bratsfuse.release.column import Column
from bratsfuse.release.column_table import column_table
from bratsfuse.release.columns import columns
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.recipe import Recipe
from bratsfuse.release.recipe_in_words import recipe_in_words
from bratsfuse.release.withhold import masks_withheld
from bratsfuse.wording import counted

DATASHEET_NAME: Final = "DATASHEET.md"


def write_datasheet(release: Path, manifest: Manifest, table: Sequence[Column]) -> None:
    """Write the datasheet of a release into its folder."""
    text = datasheet(manifest.recipe, table, manifest)
    write_document(release / DATASHEET_NAME, text)


def general_datasheet() -> str:
    """Return the datasheet of what the default recipe builds."""
    recipe = Recipe()
    return datasheet(recipe, columns(recipe.fusers, recipe.sources), None)


def datasheet(
    recipe: Recipe, table: Sequence[Column], manifest: Manifest | None
) -> str:
    """Return a datasheet as Markdown.

    Parameters
    ----------
    recipe
        The choices that made or will make the release.
    table
        Its columns.
    manifest
        The facts of one release; None for the general text.
    """
    sections = [
        _head(recipe, manifest),
        "## Motivation\n\n" + _MOTIVATION,
        "## Composition\n\n" + "\n\n".join(_composition(recipe, table, manifest)),
        "## Collection process\n\n" + "\n\n".join(_collection(manifest)),
        "## Preprocessing, cleaning and labelling\n\n"
        + "\n\n".join([recipe_in_words(recipe), *_added_in_words(manifest)]),
        "## Uses\n\n" + _USES,
        "## Distribution\n\n" + "\n\n".join(_distribution(manifest)),
        "## Maintenance\n\n" + _MAINTENANCE,
    ]
    return "\n\n".join(sections) + "\n"


_MOTIVATION: Final = """\
Image fusion for medical images is judged on small private sets with scripts that \
disagree. Guo and Su (Fuse4Seg, arXiv:2409.10328, 2024) argue for fusion at image \
level under the guidance of segmentation and announce a set of 2040 paired slices \
made from BraTS; neither its data nor its code was released. This release follows the \
announcement in size and purpose. **It is a documented re-creation, not the set of \
that paper**: its slice selection was never published."""

_USES: Final = """\
Made for: comparing image fusion methods, segmentation methods, and both together, on \
two-dimensional slices with fixed patient-level splits.

Not made for: clinical use of any kind; claims about three-dimensional segmentation \
(scores on slices are not the scores of the BraTS challenges, which are computed on \
volumes); estimating how often a tumour occurs or how large it is, because slices are \
chosen for large tumours. 8-bit intensities are relative to each volume and are not \
comparable between patients or scanners.

Never train on one BraTS release and test on another without joining their patients: \
2018 is contained in 2019, 2019 in 2020, and most of 2020 in 2021 to 2023."""

_MAINTENANCE: Final = """\
A release is never edited. Building again with the same recipe from the same cases \
gives the same fingerprint on any machine, with any number of workers. A change of \
bratsfuse that changes pixels, slices or splits raises the version of the recipe and \
is listed in the changelog."""


def _head(recipe: Recipe, manifest: Manifest | None) -> str:
    if manifest is None:
        return (
            "# Datasheet of BraTS-Fuse releases\n\n"
            "What `bratsfuse build` makes with its default recipe, the build "
            "configuration. Every release carries its own copy of this sheet, filled "
            "with its own facts."
        )
    return (
        f"# Datasheet: {counted(manifest.slice_sets, 'slice set')} from "
        f"{manifest.source.title}\n\n"
        f"Fingerprint `{manifest.fingerprint}`, built by bratsfuse "
        f"{manifest.bratsfuse}."
    )


def _added_in_words(manifest: Manifest | None) -> Iterator[str]:
    """Yield how fusion images came about that the recipe does not describe."""
    for name, product in () if manifest is None else manifest.added.items():
        trained = (
            f", trained on {product.training_data}" if product.training_data else ""
        )
        yield (
            f"Added to the built release: `{name}`, made of "
            f"{' + '.join(product.sources)} by `{product.made_by}` ({product.method})"
            f"{trained}; background set to 0."
        )


def _composition(
    recipe: Recipe, table: Sequence[Column], manifest: Manifest | None
) -> Iterator[str]:
    count = len(recipe.fusers if manifest is None else manifest.products)
    products = counted(count, "fusion image")
    yield (
        "A *slice set* is one axial slice of one case: four modalities, "
        f"{products} and the tumour mask, all aligned, 8-bit "
        "and of one size. Its id is `<case_id>_z<NNN>`."
    )
    if manifest is not None:
        lines = ["| split | slice sets | cases | patients |", "|---|---|---|---|"]
        lines += [
            f"| {name} | {split.slice_sets} | {split.cases} | {split.patients} |"
            for name, split in manifest.splits.items()
        ]
        yield "\n".join(lines)
        grades = [case.grade for case in manifest.cases.values()]
        counts = ", ".join(
            f"{grades.count(grade)} {grade.lower() if grade == 'UNKNOWN' else grade}"
            for grade in sorted(set(grades))
        )
        rows, width = manifest.image_shape
        yield f"Grades of the cases: {counts}. Images are {rows} by {width} pixels."
        if manifest.withheld:
            yield _about_hidden_labels(manifest)
    yield column_table(table)
    yield _labels(manifest)


def _about_hidden_labels(manifest: Manifest) -> str:
    return (
        f"**{masks_withheld(manifest.withheld)}**, to score "
        "methods on labels that nobody has tuned them to. They are in no file of this "
        "release; its organiser keeps them in an answer key. A digest in the manifest, "
        "keyed with a secret, proves which masks they are without leaking anything of "
        "them. Tumour areas, mask files and what was odd about the masks are left out "
        "for these cases, too. What remains: slices are chosen by tumour area, so that "
        "the choice itself says where a tumour is large, and that a slice contains one."
    )


def _labels(manifest: Manifest | None) -> str:
    lines = ["| mask value | label | in the source | meaning |", "|---|---|---|---|"]
    for label in Label:
        values = "depends on the release"
        if manifest is not None:
            coded = manifest.source.label_map.items()
            values = ", ".join(value for value, name in coded if name == label.name)
            values = values or ("0" if label is Label.BACKGROUND else "not coded")
        lines.append(f"| {int(label)} | {label.name} | {values} | {label.meaning} |")
    regions = "; ".join(
        f"{region} = {', '.join(label.name for label in sorted(labels))}"
        for region, labels in REGIONS.items()
    )
    text = "\n".join(lines) + f"\n\nRegions: {regions}."
    if manifest is not None and len(manifest.source.regions) < len(REGIONS):
        told = " and ".join(manifest.source.regions)
        text += f" The source labels express {told} only; the rest is undefined."
    return text


def _collection(manifest: Manifest | None) -> Iterator[str]:
    if manifest is not None and manifest.source.synthetic:
        yield (
            "No image was acquired: every head is computed from random numbers by "
            "`bratsfuse phantom`, tumour and mask included. They look like MRI and "
            "serve to try out software; a score on them says nothing about patients."
        )
        return
    yield (
        "The images were acquired in clinical routine at many hospitals, "
        "co-registered and annotated by the BraTS organisers; most were resampled to "
        "1 mm and skull-stripped (not children since 2025; metastases since 2025 are "
        "partly in native space). Their papers describe how. bratsfuse reads the "
        "published files and adds nothing from elsewhere."
    )
    if manifest is None:
        return
    source = manifest.source
    yield (
        f"Source: {source.title} (layout `{source.layout}`). The SHA-256 of every raw "
        "file is in `manifest.json`."
    )
    told = [issue for issue in manifest.issues if issue.severity is not Severity.NOTE]
    if told:
        yield "What was odd about the raw data:\n\n" + "\n".join(
            f"- {issue.where}: {issue.message}" for issue in told
        )
    else:
        yield "Nothing about the raw data was odd."


def _distribution(manifest: Manifest | None) -> Iterator[str]:
    if manifest is not None and manifest.source.synthetic:
        yield "The images are synthetic and may be shared under the Apache License 2.0."
        return
    yield (
        "BraTS may not be redistributed: everyone obtains it from the organisers and "
        "builds the release from it. Splits, ids, digests and scores may be shared; "
        "pixels, masks, previews and exports may not, unless the source's licence "
        "allows it."
    )
    if manifest is None:
        return
    source = manifest.source
    yield f"Terms of the source: {source.licence} (<{source.licence_url}>)."
    yield "Cite:\n\n" + "\n".join(f"- {work}" for work in source.citation)
