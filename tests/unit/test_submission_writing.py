import tomllib

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bratsfuse.errors import SubmissionError
from bratsfuse.records import SliceId
from bratsfuse.submission import SubmissionRecord, record_from_toml, write_submission
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.write import to_toml

IDS = [SliceId("a", 1), SliceId("b", 2), SliceId("c", 3)]
IMAGES = np.random.default_rng(0).integers(0, 4, (3, 6, 5), dtype=np.uint8)
MASKS = SubmissionRecord(name="toy", tracks=("segmentation",))
BOTH = SubmissionRecord(name="toy", tracks=("fusion", "segmentation"))

TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)


@given(name=TEXTS, method=TEXTS, authors=st.lists(TEXTS, max_size=3), data=TEXTS)
def test_any_record_survives_toml(name, method, authors, data):
    record = SubmissionRecord(
        name=name,
        method=f'{method} "\\ \n',
        authors=tuple(authors),
        url="https://example.org",
        training_data=data,
        tracks=("fusion",),
    )
    findings = Findings()
    assert record_from_toml(to_toml(record).encode(), findings) == record
    assert record_from_toml(to_toml(record).encode("utf-8-sig"), findings) == record
    assert not len(findings)


def test_any_text_is_valid_toml_even_where_a_record_may_not_hold_it():
    text = "".join(map(chr, range(0x3000)))
    record = SubmissionRecord(name=text, tracks=())
    assert tomllib.loads(to_toml(record))["name"] == text


def test_the_same_predictions_give_the_same_bytes(tmp_path):
    contents = []
    for name in ("one", "other"):
        write_submission(tmp_path / name, MASKS, IDS, {"segmentation": IMAGES})
        contents.append((tmp_path / name / "predictions.h5").read_bytes())
    assert contents[0] == contents[1]


def test_tracks_are_read_in_step(tmp_path):
    """A model that makes both at once is run once per slice."""
    told = []

    def images(name):
        for row, image in enumerate(IMAGES):
            told.append((row, name))
            yield image

    tracks = {"segmentation": images("mask"), "fusion": images("fused")}
    write_submission(tmp_path / "one", BOTH, IDS, tracks)
    assert told == [(row, name) for row in range(3) for name in ("fused", "mask")]
    with h5py.File(tmp_path / "one" / "predictions.h5") as file:
        assert set(file) == {"case_id", "slice_index", "fused", "mask"}
        assert file["mask"].chunks == (1, 6, 5)
        assert file["mask"].compression == "gzip"
        assert (file["mask"][()] == IMAGES).all()


@pytest.mark.parametrize(
    ("record", "ids", "tracks"),
    [
        (MASKS, IDS, {"segmentation": IMAGES[:2]}),
        (MASKS, IDS[:2], {"segmentation": IMAGES}),
        (MASKS, IDS, {"segmentation": IMAGES.astype(int)}),
        (MASKS, IDS, {"segmentation": IMAGES[..., None]}),
        (MASKS, IDS, {"segmentation": [*IMAGES[:2], IMAGES[2].T]}),
        (MASKS, IDS, {"fusion": IMAGES}),
        (BOTH, IDS, {"segmentation": IMAGES}),
        (MASKS, [IDS[0], IDS[0], IDS[1]], {"segmentation": IMAGES}),
        (MASKS, [], {"segmentation": []}),
        (SubmissionRecord(name="", tracks=("segmentation",)), IDS, None),
        (SubmissionRecord(name="x" * 81, tracks=("segmentation",)), IDS, None),
    ],
)
def test_what_could_not_be_read_again_is_not_written(record, ids, tracks, tmp_path):
    with pytest.raises(SubmissionError):
        write_submission(
            tmp_path / "one", record, ids, tracks or {"segmentation": IMAGES}
        )
    assert not any(tmp_path.iterdir())


def test_an_error_on_the_way_leaves_nothing(tmp_path):
    def failing():
        yield IMAGES[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_submission(tmp_path / "one", MASKS, IDS, {"segmentation": failing()})
    assert not any(tmp_path.iterdir())


def test_only_a_submission_is_replaced_and_only_when_told_to(tmp_path):
    target = tmp_path / "one"
    tracks = {"segmentation": IMAGES}
    write_submission(target, MASKS, IDS, tracks)
    with pytest.raises(SubmissionError, match="--overwrite"):
        write_submission(target, MASKS, IDS, tracks)
    write_submission(
        target, MASKS, IDS[:1], {"segmentation": IMAGES[:1]}, overwrite=True
    )
    with h5py.File(target / "predictions.h5") as file:
        assert len(file["mask"]) == 1
    (target / "submission.toml").unlink()
    with pytest.raises(SubmissionError, match="no submission"):
        write_submission(target, MASKS, IDS, tracks, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_parent_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SubmissionError, match="create it first"):
        write_submission(tmp_path / "no" / "one", MASKS, IDS, {"segmentation": IMAGES})
