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


SHOWN = {
    "`.nii`, `.nii.gz`, compressed": (
        "test_file_forms::test_volumes_are_read_compressed_or_not_whatever_the_name_says",
        "test_file_forms::test_masks_are_read_in_the_forms_of_itk",
    ),
    "suffixes in capitals": (
        "test_file_forms::test_volumes_are_read_compressed_or_not_whatever_the_name_says",
    ),
    "a mask as `.seg.nrrd`": (
        "test_copies::test_a_mask_is_read_by_the_names_of_its_segments",
        "test_copies::test_segment_values_that_no_mask_has_are_warned_of",
    ),
    "every volume in a folder of its name": (
        "test_copies::test_a_volume_may_have_a_folder_of_its_name_and_another_name",
    ),
    "all files in one folder": (
        "test_copies::test_numbered_copies_in_one_flat_folder_are_cases",
    ),
    "`dataset.json` with nested regions": (
        "test_copies::test_regions_may_have_labels_beside_them",
        "test_layouts::test_nnunet_labels_are_read_in_each_form",
    ),
    "a channel name that is not certain": (
        "test_copies::test_channel_names_are_read_where_they_are_certain",
        "test_layouts::test_nnunet_without_a_clear_dataset_json_is_refused",
    ),
    "`imagesTr` without `dataset.json`": (
        "test_copies::test_a_missing_dataset_json_says_what_to_write",
    ),
    "one leftover image that says": (
        "test_copies::test_a_leftover_that_says_reference_is_taken_with_a_warning",
    ),
    "a brain mask, a prediction": (
        "test_copies::test_a_leftover_that_does_not_say_reference_leaves_the_case_"
        "unlabelled",
    ),
    "a mask with a label that its layout": (
        "test_reading::test_labels_outside_the_declared_set_are_refused",
    ),
    "a leftover mask that covers": (
        "test_copies::test_a_leftover_that_fills_the_brain_is_no_tumour",
    ),
    "a header that is the identity": (
        "test_copies::test_an_identity_affine_is_an_error_with_both_fixes",
    ),
    "a NIfTI header that says two": (
        "test_file_forms::test_a_header_that_says_two_pixel_sizes_is_refused",
        "test_file_forms::test_a_header_that_says_two_orientations_is_refused",
    ),
    "up to 1 % of the brain negative": (
        "test_copies::test_clipping_is_offered_where_it_serves",
        "test_reading::test_negative_values_are_refused_unless_clipped",
    ),
    "more than 1 % of the brain negative": (
        "test_copies::test_normalised_images_are_refused_whatever_is_allowed",
    ),
    "a Git LFS or git-annex pointer": (
        "test_file_forms::test_a_file_that_is_no_volume_is_named_for_what_it_is",
    ),
    "images that are not skull-stripped": (
        "test_reading::test_air_around_an_unstripped_head_is_no_part_of_it",
    ),
    "archives that are not unpacked": (
        "test_file_forms::test_archives_that_are_not_unpacked_are_named",
        "test_file_forms::test_archives_beside_the_cases_are_noted",
    ),
    "two files for one modality": (
        "test_reading::test_two_files_for_one_modality_are_refused",
        "test_reading::test_a_case_that_lies_in_two_folders_is_refused",
    ),
}
"""How a row of the forms of files begins -> the tests that show its verdict."""


def test_every_form_of_file_is_shown_by_tests():
    part = TEXT.split("## Forms of files")[1].split("\n## ")[0]
    rows = [line[2:] for line in part.splitlines() if line.startswith("| ")][1:]
    assert [row for row in rows if not row.startswith(tuple(SHOWN))] == []
    assert len(rows) == len(SHOWN)
    for place in {place for places in SHOWN.values() for place in places}:
        file, test = place.split("::")
        code = (Path(__file__).parents[1] / f"unit/{file}.py").read_text("utf-8")
        assert f"def {test}(" in code, place
