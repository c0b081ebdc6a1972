"""The table of what can be read lists every layout, with the labels that it has."""

import re
from pathlib import Path

from bratsfuse.builders import BUILDERS
from bratsfuse.raw import Patients

TEXT = (Path(__file__).parents[2] / "docs/raw_data.md").read_text(encoding="utf-8")
ROWS = {
    name: [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith(("| `brats20", "| `decathlon`", "| `nnunet`"))
    for name in re.findall(r"`(\w+)`", line.split("|")[1])
}


def test_every_layout_has_a_row_and_every_row_a_layout():
    assert set(ROWS) == set(BUILDERS)


def test_rows_list_the_labels_of_their_layouts():
    for name, (_, _, labels, _) in ROWS.items():
        if labels != "by `dataset.json`":
            found = {int(value) for value in labels.split()}
            assert found == set(BUILDERS[name].label_map), name


def test_rows_say_where_ids_name_no_patient():
    for name, (*_, patients) in ROWS.items():
        unnamed = BUILDERS[name].patients is not None
        assert unnamed == patients.endswith("with a warning"), name
    assert BUILDERS["nnunet"].patients is Patients.AS_NAMED_ELSEWHERE
