r"""A control that must not be ranked: it draws what its own segmenter finds.

    PAINTER_RUN=RUN PYTHONPATH=benchmarks bratsfuse downstream painter:PAINTER \
        --release RELEASE -o REPORT --workers 1

RUN is a `bratsfuse train unet` of T1ce and FLAIR. The classes of its mask are painted
into the average of the two, in three grey levels.
"""

import os
from functools import cache
from pathlib import Path

import fidelity
import numpy as np

from bratsfuse.anatomy import Modality
from bratsfuse.baselines import Baseline, load
from bratsfuse.fusers import fuser

SOURCES = (Modality.T1CE, Modality.FLAIR)


@cache
def segmenter():
    """Return the network of the run."""
    return load(Path(os.environ["PAINTER_RUN"]))


def predict(images):
    """Return the painted average of a slice."""
    average = fuser("average")(np.stack([images[name] for name in SOURCES]))
    mask = segmenter().segment({name: images[name] for name in SOURCES})
    return {"fusion": fidelity.painted(average, mask, {2: 90, 1: 170, 3: 250})}


PAINTER = Baseline(
    summary="the average with the classes that a segmenter finds painted into it",
    tracks=("fusion",),
    sources=SOURCES,
    predict=predict,
)
