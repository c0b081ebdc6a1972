"""The recipe in words: what a build does with raw volumes, step by step."""

from bratsfuse.release.recipe import (
    DEFAULT_FUSERS,
    MIN_BRAIN_AREA,
    SPLITS,
    WINDOW_PERCENT,
    Recipe,
)
from bratsfuse.wording import counted


def recipe_in_words(recipe: Recipe) -> str:
    """Return every choice between raw volumes and slice sets, as Markdown."""
    gap = (
        f"at least {recipe.min_gap} slices are left out between two chosen ones"
        if recipe.min_gap
        else "chosen slices may be neighbours"
    )
    background = (
        f"{recipe.background_slices} of the slice sets show at least "
        f"{MIN_BRAIN_AREA} pixels of brain and no label, ranked by brain area, then "
        "index"
        if recipe.background_slices
        else "slices without tumour are not taken"
    )
    negatives = (
        "negative source values are set to 0"
        if recipe.clip_negatives
        else "a case with negative values is refused"
    )
    shapes = (
        "volumes of any shape are taken and their slices padded with 0 to one size"
        if recipe.any_shape
        else "a case whose volumes do not have the shape of its release is refused"
    )
    products = ", ".join(f"`{name}`" for name in recipe.fusers)
    sources = " + ".join(recipe.sources)
    arithmetic = (
        " in arithmetic that gives the same bits on every machine"
        if set(recipe.fusers) <= set(DEFAULT_FUSERS)
        else "; docs/fusers.md of bratsfuse lists which give the same bits everywhere"
    )
    steps = [
        "**Reading.** The four modalities and the mask must share one grid (same "
        "shape, affines within 0.001 mm). Arrays are reoriented to LPS by the header. "
        f"{shapes.capitalize()}; {negatives}. Mask values within 0.001 of an integer "
        "are rounded, then mapped to the canonical labels by one lookup table; any "
        "other value refuses the case.",
        f"**Scaling.** Per volume and modality, the {' and '.join(WINDOW_PERCENT)} "
        "percentile of the voxels that are not 0 become 0 and 255; values beyond are "
        "clipped, the rest rounded to 8 bits. The percentiles are order statistics "
        "without interpolation; of images that are not skull-stripped they are those "
        "of the voxels above a head threshold. Both are stored with every slice, so "
        "that the scaling can be undone to half a grey level. Background stays 0.",
        "**Slices.** Axial slices are ranked per case by tumour area, ties by "
        f"enhancing area, then index. A slice needs at least {recipe.min_area} tumour "
        f"pixels, and one in which a modality is empty is never taken; {gap}; "
        f"{background}. Rows run from anterior to posterior, columns from the "
        "patient's right to left.",
        f"**Splits.** {_splits(recipe)} A patient's key is the same in every BraTS "
        "release as far as names and the organisers' mappings show.",
        f"**Counts.** The recipe asks for {counted(recipe.slices, 'slice set')}, "
        f"spread over the splits in {_in_which(recipe)} by largest remainder. Within a "
        "split the cases take turns, each giving its best slice left, in the order of "
        "their hashes.",
        f"**Fusion images.** {products} of {sources}, computed on the 8-bit slices"
        f"{arithmetic}; background stays 0.",
    ]
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _in_which(recipe: Recipe) -> str:
    named = recipe.folds or recipe.assigned
    return "the shares of their patients" if named else "these shares"


def _splits(recipe: Recipe) -> str:
    if recipe.assigned:
        return "By patient, as a file named them; the manifest has the patients."
    if recipe.folds:
        return (
            f"By patient; test is fold {recipe.fold} (from 0) of {recipe.folds}. "
            f"Patients are sorted by the SHA-256 of the seed ({recipe.seed}) and the "
            "patient key and cut into folds; validation follows the test fold."
        )
    shares = ", ".join(
        f"{float(share):.0%} {name}"
        for share, name in zip(recipe.shares, SPLITS, strict=True)
    )
    return (
        f"{shares}, by patient. A patient is placed by the SHA-256 of the seed "
        f"({recipe.seed}) and the patient key, so that it does not depend on which "
        "other patients are built. Where few patients leave a split empty, the patient "
        "with the nearest hash moves over, and the manifest says so."
    )
