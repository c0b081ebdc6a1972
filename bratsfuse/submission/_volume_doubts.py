"""What only the images of a release show: masks that lie beside the brain."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bratsfuse.issues import Issue, warning
from bratsfuse.plausibility.mask_contents import OUTSIDE_HEAD
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.submission.volume_slices import VolumeSlices


def outside_brain(
    release: Path, manifest: Manifest, read: Mapping[str, VolumeSlices]
) -> list[Issue]:
    """Return a warning for each case with much of its mask where no modality is.

    So look masks that are shifted, or reoriented without their header. Images with a
    skull have few pixels of 0, and are not doubted.

    Parameters
    ----------
    release, manifest
        The release.
    read
        Case -> its mask.
    """
    outside, marked = dict.fromkeys(read, 0), dict.fromkeys(read, 0)
    splits = {manifest.case(case).split for case in read}
    for split in splits:
        with SplitFile(release / manifest.splits[split].file) as rows:
            slices = rows.array("slice_index").tolist()
            for row, case in enumerate(rows.texts("case_id")):
                mask = read[case].images.get(slices[row]) if case in read else None
                if mask is None or not mask.any():
                    continue
                marked[case] += int(np.count_nonzero(mask))
                outside[case] += int(np.count_nonzero(mask[~rows.shown(row)]))
    return [
        warning(
            case,
            "mask-outside-head",
            f"{outside[case] / marked[case]:.0%} of the labelled pixels lie where "
            "every modality is 0; check that the mask is not shifted, and that its "
            "header is that of the case's images",
        )
        for case in read
        if outside[case] > OUTSIDE_HEAD * marked[case]
    ]
