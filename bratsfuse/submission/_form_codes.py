"""What can be wrong with the form of PNG files, zips and HDF5 files."""

from typing import Final

from bratsfuse.submission._code import Code

PNG: Final = {
    "broken-png": Code(
        "a PNG file is cut short, damaged or something else",
        "write it again",
    ),
    "wrong-png-mode": Code(
        "a PNG file is not 8-bit greyscale",
        "write uint8 of shape (H, W): no colour, palette, alpha or 16 bits",
    ),
    "animated-png": Code(
        "a PNG file contains several pictures",
        "write one picture per file",
    ),
}

ZIP: Final = {
    "broken-zip": Code(
        "the zip is damaged, or its headers contradict each other",
        "zip the folder again",
    ),
    "zip-unsafe-name": Code(
        "a name in the zip is absolute, leads upwards or contains \\, : or NUL",
        "zip the folder with relative names",
    ),
    "zip-duplicate-name": Code(
        "a name is in the zip twice, or twice but for upper and lower case",
        "keep one file of each name",
    ),
    "zip-link": Code(
        "the zip contains a symbolic link or special file",
        "zip the files themselves",
    ),
    "zip-encrypted": Code(
        "the zip is encrypted",
        "zip without a password",
    ),
    "zip-method": Code(
        "the zip uses another compression than deflate",
        "zip with deflate, or without compression",
    ),
    "zip-overlap": Code(
        "files of the zip share their bytes, as zip bombs do",
        "zip the folder again",
    ),
    "zip-bomb": Code(
        "the zip unpacks to more than any valid submission",
        "zip only the submission",
    ),
}

HDF5: Final = {
    "broken-hdf5": Code(
        "HDF5 cannot read the file",
        "write it again, and close it before you copy it",
    ),
    "missing-column": Code(
        "predictions.h5 lacks case_id or slice_index",
        "store both, one value per row",
    ),
    "unexpected-column": Code(
        "predictions.h5 contains something else than its four columns",
        "keep case_id, slice_index, fused and mask only, at the root",
    ),
    "columns-disagree": Code(
        "columns of predictions.h5 differ in length",
        "store one value per row in each",
    ),
    "declared-too-large": Code(
        "predictions.h5 declares far more rows than the split has",
        "store one row per slice set",
    ),
    "never-written": Code(
        "a column is declared but nothing was written to it",
        "write the predictions",
    ),
    "external-link": Code(
        "predictions.h5 links to another file",
        "store the data themselves",
    ),
    "soft-link": Code(
        "predictions.h5 contains a soft link",
        "store the data themselves",
    ),
    "virtual-dataset": Code(
        "predictions.h5 contains a virtual dataset, which is in other files",
        "store the data themselves",
    ),
    "external-storage": Code(
        "predictions.h5 keeps its data in another file",
        "store the data themselves",
    ),
    "filter-not-allowed": Code(
        "a column is compressed by a filter that may not run here",
        'use compression="gzip", or none',
    ),
    "type-not-allowed": Code(
        "a column is of a type that is not read",
        "store case_id as text, slice_index as integers, fused and mask as uint8",
    ),
    "chunks-too-large": Code(
        "a column is stored in very large chunks",
        "use chunks of one slice, (1, H, W)",
    ),
}
