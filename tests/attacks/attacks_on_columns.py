"""Columns of wrong types, shapes and values, honestly stored."""

import h5py
import numpy as np
from attacks import Attacks
from toy_submission import FUSED, IDS, MASK, SHAPE

ATTACKS = Attacks()

CASES = [one.case for one in IDS]
N = len(IDS)


def column_attack(name, *codes, **columns):
    def make(place):
        return place.folder(**columns)

    make.__name__ = name
    ATTACKS.add(*codes)(make)


HALF = MASK.astype(np.float32) * 0.5
BROKEN_TEXT = np.array([b"\xff\xfe"] + [case.encode() for case in CASES[1:]])
for name, codes, columns in (
    ("shape_transposed", ["wrong-shape"], {"mask": MASK.transpose(0, 2, 1)}),
    ("shape_channel_last", ["wrong-shape"], {"mask": MASK[..., None]}),
    ("shape_channel_first", ["wrong-shape"], {"mask": MASK[:, None]}),
    ("shape_one_hot", ["wrong-shape"], {"mask": np.stack([MASK] * 4, -1)}),
    ("shape_flat", ["wrong-shape"], {"mask": MASK.reshape(N, -1)}),
    ("shape_scalar", ["wrong-shape"], {"mask": np.uint8(1)}),
    ("shape_null", ["wrong-shape"], {"mask": h5py.Empty("u1")}),
    ("shape_batch", ["wrong-shape"], {"mask": MASK[None]}),
    ("masks_fractional", ["fractional-labels"], {"mask": HALF}),
    ("masks_float", ["wrong-dtype"], {"mask": MASK.astype(np.float32)}),
    ("masks_int64", ["wrong-dtype"], {"mask": MASK.astype(np.int64)}),
    ("masks_big_endian", ["wrong-dtype"], {"mask": MASK.astype(">i4")}),
    ("masks_bool", ["wrong-dtype"], {"mask": MASK > 0}),
    ("fused_unit_range", ["unit-range"], {"fused": FUSED / np.float32(255)}),
    ("fused_float", ["wrong-dtype"], {"fused": FUSED.astype(np.float64)}),
    ("fused_nan", ["not-finite"], {"fused": np.where(FUSED > 9, FUSED, np.nan)}),
    ("fused_infinite", ["not-finite"], {"fused": np.where(FUSED, 1.0, np.inf)}),
    ("ids_wrong_split", ["wrong-split"], {"case_id": ["A", "B", "C", "D"]}),
    (
        "ids_misspelt",
        ["unknown-id", "missing-predictions"],
        {"case_id": [*CASES[:3], f" {CASES[3]}"]},
    ),
    (
        "ids_twice",
        ["duplicate-id", "missing-predictions"],
        {"case_id": [CASES[0]] * 4, "slice_index": np.array([70, 71, 70, 71])},
    ),
    (
        "ids_negative",
        ["bad-id", "missing-predictions"],
        {"slice_index": np.array([-70, 71, 70, 71])},
    ),
    ("ids_empty", ["bad-id", "missing-predictions"], {"case_id": ["", *CASES[1:]]}),
    ("ids_no_text", ["bad-id", "missing-predictions"], {"case_id": BROKEN_TEXT}),
    (
        "ids_of_megabytes",
        ["bad-id", "missing-predictions"],
        {"case_id": ["x" * 20_000_000, *CASES[1:]]},
    ),
    ("ids_numbers", ["type-not-allowed"], {"case_id": np.arange(N)}),
    ("ids_wide_type", ["type-not-allowed"], {"case_id": np.zeros(N, "S1000000")}),
    ("ids_two_axes", ["wrong-shape"], {"case_id": np.array(CASES, "S20")[:, None]}),
    ("slices_float", ["type-not-allowed"], {"slice_index": np.arange(4.0)}),
    ("no_case_id", ["missing-column"], {"case_id": None}),
    ("no_ids_at_all", ["missing-column"], {"case_id": None, "slice_index": None}),
    ("columns_disagree", ["columns-disagree"], {"mask": MASK[:3]}),
    (
        "rows_too_many",
        ["declared-too-large"],
        {"mask": np.zeros((1000, *SHAPE), np.uint8)},
    ),
    ("complex_mask", ["type-not-allowed"], {"mask": MASK.astype(np.complex64)}),
    ("long_double_mask", ["type-not-allowed"], {"mask": MASK.astype(np.longdouble)}),
    ("text_mask", ["type-not-allowed"], {"mask": MASK.astype("S3")}),
    (
        "compound_mask",
        ["type-not-allowed"],
        {"mask": np.zeros(MASK.shape, [("a", "u1"), ("b", "u1")])},
    ),
):
    column_attack(name, *codes, **columns)


@ATTACKS.add("missing-predictions")
def row_missing(place):
    return place.folder(
        case_id=CASES[:3],
        slice_index=np.array([70, 71, 70]),
        mask=MASK[:3],
        fused=FUSED[:3],
    )


@ATTACKS.add("constant-prediction", "identical-predictions")
def constant_and_identical(place):
    mask = MASK.copy()
    mask[0] = 0
    mask[2] = mask[1]
    return place.folder(mask=mask)


@ATTACKS.add("old-label-coding")
def label_4(place):
    return place.folder(mask=np.where(MASK == 3, 4, MASK).astype(np.uint8))


@ATTACKS.add("binary-mask")
def label_255(place):
    return place.folder(mask=np.where(MASK > 0, 255, 0).astype(np.uint8))


@ATTACKS.add("bad-label")
def label_9(place):
    return place.folder(mask=np.where(MASK == 2, 9, MASK).astype(np.uint8))
