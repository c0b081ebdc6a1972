"""The reference segmenter over many fused images, as a program of its own.

    python -m bratsfuse.baselines._segment_fused RELEASE SPLIT IMAGES ROWS HEIGHT WIDTH
        MASKS THREADS

Scoring starts it, because scoring itself does not import torch. IMAGES and MASKS are
files of uint8 pixels and nothing else, row after row. It prints the number of images
done, line by line, and at the end what a reader must know of it, as JSON.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import torch

from bratsfuse.baselines._model import load
from bratsfuse.release.manifest import read_manifest
from bratsfuse.training.run import MODEL_NAME
from bratsfuse.training.seen import seen_in

NAME = "reference_segmenter"
_REPORT_EVERY = 8


def main(arguments: list[str]) -> None:
    """Segment all images of a file into another file."""
    release, split, images, *sizes, masks, threads = arguments
    rows, height, width = map(int, sizes)
    torch.set_num_threads(int(threads))
    model = load(NAME)
    shape = rows, height, width
    fused = np.memmap(images, np.uint8, "r", shape=shape)
    labels = np.memmap(masks, np.uint8, "w+", shape=shape)
    for row in range(rows):
        labels[row] = model.segment(np.ascontiguousarray(fused[row]))
        if row % _REPORT_EVERY == 0 or row == rows - 1:
            sys.stdout.write(f"{row + 1}\n")
            sys.stdout.flush()
    labels.flush()
    manifest = read_manifest(Path(release))
    seen = seen_in(model.trained.record, Path(release), manifest, split)
    weights = (model.folder / MODEL_NAME).read_bytes()
    facts = {
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "seen_patients": seen.patients,
        "is_certain": seen.is_certain,
    }
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
