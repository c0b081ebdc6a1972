"""Every kind of problem that a submission can have: code, severity, meaning, fix.

The codes are stable: scripts may go by them. ``docs/submitting.md`` shows this table.
"""

from typing import Final

from bratsfuse.issues import Severity
from bratsfuse.plausibility.doubt import DOUBTS
from bratsfuse.submission._code import Code
from bratsfuse.submission._form_codes import HDF5, PNG, ZIP

_PLACES: Final = {
    "no-such-submission": Code(
        "there is nothing at this path, or it may not be read",
        "give the path of a folder, a zip or an HDF5 file that you may read",
    ),
    "not-a-submission": Code(
        "it is neither a submission folder, a zip of one, nor an HDF5 file",
        "put submission.toml and predictions.h5 in a folder; "
        "bratsfuse template writes a valid one",
    ),
    "no-predictions": Code(
        "there are no predictions for any track",
        "add predictions.h5, or PNG files in fused/ or mask/",
    ),
    "ambiguous-predictions": Code(
        "a track is there twice, as HDF5 and as PNG files",
        "keep one of the two",
    ),
    "unexpected-file": Code(
        "a file that is no part of a submission; it is not read",
        "nothing, unless its name is misspelt",
        Severity.WARNING,
    ),
    "left-out": Code(
        "files that operating systems leave behind; they are not read",
        "nothing",
        Severity.NOTE,
    ),
    "special-file": Code(
        "there is a FIFO, device, socket or folder where a file is expected",
        "replace it by a regular file",
    ),
    "unreadable-file": Code(
        "a file may not be read",
        "give read permission to it",
    ),
    "link-outside": Code(
        "a symbolic link leads out of the submission",
        "replace the link by the file itself",
    ),
    "too-many-files": Code(
        "there are far more files than slice sets",
        "keep one PNG file per slice set and track",
    ),
    "file-too-large": Code(
        "a file is larger than any valid one",
        "store uint8, compressed; bratsfuse template shows the form",
    ),
}

_LIMITS: Final = {
    "too-slow": Code(
        "reading took longer than the time limit",
        "write the submission again, compressed in chunks of one slice",
    ),
    "out-of-memory": Code(
        "reading needed more memory than the limit",
        "write the submission again, compressed in chunks of one slice",
    ),
    "reader-died": Code(
        "reading ended abruptly, as with a damaged file",
        "write the submission again",
    ),
    "more-problems": Code(
        "there are more problems than are worth listing",
        "solve the others first",
    ),
}

_RECORD: Final = {
    "no-record": Code(
        "there is no submission.toml",
        "add one with at least name and tracks; bratsfuse template writes one",
    ),
    "bad-toml": Code(
        "submission.toml is not valid TOML in UTF-8",
        "correct the line, or copy the one that bratsfuse template writes",
    ),
    "unknown-key": Code(
        "submission.toml contains a key that has no meaning",
        "remove it",
    ),
    "wrong-type": Code(
        "a value of submission.toml is of the wrong type",
        "write a text in quotes, or a list of texts in brackets",
    ),
    "bad-name": Code(
        "name is missing, empty, too long or contains control characters",
        "give a name of 1 to 80 printable characters",
    ),
    "bad-text": Code(
        "a text is too long or contains control characters",
        "shorten it, or remove the characters",
    ),
    "unknown-track": Code(
        "a track that does not exist, or one that is named twice",
        'tracks may contain "fusion" and "segmentation", each once',
    ),
    "no-tracks": Code(
        "submission.toml names no track",
        'add tracks = ["fusion", "segmentation"] or one of the two',
    ),
    "bad-url": Code(
        "url is no web address",
        "give one that begins with https:// or http://, or leave it empty",
    ),
    "track-without-predictions": Code(
        "a track is declared but has no predictions",
        "add them, or take the track out of submission.toml",
    ),
    "undeclared-predictions": Code(
        "there are predictions for a track that is not declared",
        "add the track to submission.toml, or remove the predictions",
    ),
}

_IDS: Final = {
    "missing-predictions": Code(
        "slice sets of the split have no prediction",
        "add them, or score with --allow-missing, where each counts as worst",
    ),
    "duplicate-id": Code(
        "a slice is predicted more than once",
        "keep one prediction per slice",
    ),
    "unknown-id": Code(
        "the split has no such slice",
        "take ids from the release; they are matched letter by letter",
    ),
    "wrong-split": Code(
        "none of the ids is of this split",
        "give the --release and --split that the submission is for",
    ),
    "other-splits": Code(
        "predictions for other splits of the release; they are not scored here",
        "nothing: a submission may contain all splits",
        Severity.NOTE,
    ),
    "bad-id": Code(
        "an id is not of the form <case_id>_z<NNN>",
        "name slices like the release, for example BraTS2021_00000_z077",
    ),
}

_PIXELS: Final = {
    "wrong-shape": Code(
        "images are not of the release's size",
        "give one two-dimensional image (H, W) per slice, as the release has them",
    ),
    "wrong-dtype": Code(
        "pixels are not uint8",
        "cast with .astype(np.uint8) before writing",
    ),
    "unit-range": Code(
        "fused images are floats in [0, 1]",
        "multiply by 255 and round to uint8",
    ),
    "fractional-labels": Code(
        "masks are floats that are not whole numbers, such as probabilities",
        "take the most probable label of each pixel, as uint8",
    ),
    "not-finite": Code(
        "NaN or infinite pixels",
        "find out where they come from; every pixel needs a value",
    ),
    "old-label-coding": Code(
        "masks contain 4, which BraTS used for enhancing tumour until 2022",
        "write 3 for enhancing tumour",
    ),
    "binary-mask": Code(
        "masks contain 255, as 8-bit pictures of binary masks do",
        "write the labels of the release: 0, 1, 2, 3",
    ),
    "bad-label": Code(
        "masks contain values that are no label of the release",
        "write the labels of the release: 0, 1, 2, 3",
    ),
}

_DOUBTS: Final = {
    code: Code(kind.meaning, kind.fix, Severity.WARNING)
    for code, kind in DOUBTS.items()
}

CODES: Final[dict[str, Code]] = {
    **_PLACES,
    **_LIMITS,
    **_RECORD,
    **_IDS,
    **_PIXELS,
    **_DOUBTS,
    **PNG,
    **ZIP,
    **HDF5,
}
"""Code -> what it means."""
