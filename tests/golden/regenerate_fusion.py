"""Write the golden vectors that the package carries, from those of the tests.

    python tests/golden/regenerate_fusion.py

Two of the four triplets: a brain slice and a photograph. Nothing is computed here; the
values are those of the published code in ``fusion/values.json``.
"""

import json
from pathlib import Path

import numpy as np

from bratsfuse.metrics import fusion, golden

SOURCE = Path(__file__).parent / "fusion"
TARGET = Path(golden.__file__).parent
TRIPLETS = ("p2_brain_lp", "p3_camera_max")


def main() -> None:
    golden_values = json.loads((SOURCE / "values.json").read_text())["values"]
    with np.load(SOURCE / "inputs.npz") as arrays:
        images = {
            f"{name}__{letter}": arrays[f"{name}__{letter}"]
            for name in TRIPLETS
            for letter in "ABF"
        }
    np.savez_compressed(TARGET / "fusion.npz", **images)
    values = {
        name: {key: golden_values[name][golden_name(key)] for key in fusion.METRICS}
        for name in TRIPLETS
    }
    text = json.dumps({"tolerance": 1e-9, "values": values}, indent=1)
    (TARGET / "fusion.json").write_text(text + "\n")


def golden_name(key: str) -> str:
    """Return the name of a metric in the golden file."""
    special = {"qabf": "Qabf", "nabf": "Nabf", "qy": "QY_nanmean", "qcb": "QCB_seen"}
    if key.startswith("fmi_"):
        return f"FMI_{key.removeprefix('fmi_')}_clean"
    return special.get(key, key.upper())


if __name__ == "__main__":
    main()
