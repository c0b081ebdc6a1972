"""The folder of a report: whole, checked by digests, and never over anything else."""

import hashlib
import shutil

import pytest
from reports import evaluation, refused

from bratsfuse.errors import InvalidInputError
from bratsfuse.place import check_target
from bratsfuse.report import read_cases, read_report, write_report
from bratsfuse.report import write as module
from bratsfuse.report.write import REPORT


@pytest.fixture(scope="module")
def small():
    return evaluation(cases=3, slices=6)


@pytest.fixture(scope="module")
def written(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports") / "below" / "report"
    write_report(small, folder)
    return folder


@pytest.fixture
def copy(written, tmp_path):
    return shutil.copytree(written, tmp_path / "report")


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_report_holds_record_tables_page_and_figures(written, small):
    assert {path.name for path in written.iterdir()} == {
        "report.json",
        "per_slice.csv",
        "per_case.csv",
        "report.html",
        "figures",
    }
    report = read_report(written)
    assert report.scores == small.report.scores
    assert read_cases(written).ids == small.per_case.ids
    assert all(path.suffix == ".svg" for path in (written / "figures").iterdir())
    assert [path.name for path in written.parent.iterdir()] == ["report"]


def test_the_record_and_the_page_name_the_digest_of_every_table(written):
    files = read_report(written).files
    assert set(files) == {"per_slice.csv", "per_case.csv"}
    for name, digest in files.items():
        assert hashlib.sha256((written / name).read_bytes()).hexdigest() == digest
        assert digest in (written / "report.html").read_text()


def test_the_same_evaluation_gives_the_same_bytes(written, small, tmp_path):
    write_report(small, tmp_path / "again")
    assert content(tmp_path / "again") == content(written)


def test_a_refusal_has_record_and_page_only(tmp_path):
    write_report(refused(), tmp_path / "report")
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert names == {"report.json", "report.html"}


def test_a_report_is_replaced_only_when_told_to(copy):
    before = content(copy)
    with pytest.raises(InvalidInputError, match="--overwrite"):
        write_report(refused(), copy)
    assert content(copy) == before
    write_report(refused(), copy, overwrite=True)
    assert {path.name for path in copy.iterdir()} == {"report.json", "report.html"}
    assert [path.name for path in copy.parent.iterdir()] == ["report"]


def test_a_refusal_gives_way_to_what_follows_it(small, tmp_path):
    write_report(refused(), tmp_path / "report")
    check_target(tmp_path / "report", REPORT, overwrite=False)
    write_report(small, tmp_path / "report")
    assert read_report(tmp_path / "report").status == "scored"
    with pytest.raises(InvalidInputError, match="--overwrite"):
        check_target(tmp_path / "report", REPORT, overwrite=False)


def test_a_report_that_cannot_be_read_is_kept(tmp_path):
    write_report(refused(), tmp_path / "report")
    (tmp_path / "report" / "report.json").write_text("{}")
    with pytest.raises(InvalidInputError, match="--overwrite"):
        check_target(tmp_path / "report", REPORT, overwrite=False)


def test_what_is_no_report_is_never_replaced(copy, tmp_path):
    (copy / "thesis.txt").write_text("three years")
    with pytest.raises(InvalidInputError, match=r"thesis\.txt"):
        write_report(refused(), copy, overwrite=True)
    assert (copy / "thesis.txt").read_text() == "three years"
    other = tmp_path / "figures-only"
    (other / "figures").mkdir(parents=True)
    with pytest.raises(InvalidInputError, match=r"no report\.json"):
        check_target(other, REPORT, overwrite=True)


def test_files_and_links_are_no_folders(copy, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(copy)
    for name, told in (("file", "is no report"), ("link", "is a link")):
        with pytest.raises(InvalidInputError, match=told):
            check_target(tmp_path / name, REPORT, overwrite=True)


def test_an_empty_or_absent_folder_is_taken(small, tmp_path):
    (tmp_path / "empty").mkdir()
    check_target(tmp_path / "empty", REPORT, overwrite=False)
    check_target(tmp_path / "absent", REPORT, overwrite=False)
    write_report(small, tmp_path / "empty")
    assert (tmp_path / "empty" / "report.json").is_file()


def test_a_failure_leaves_the_older_report_and_nothing_else(copy, small, monkeypatch):
    before = content(copy)

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(module, "write_figures", fail)
    with pytest.raises(InvalidInputError, match="disk full"):
        write_report(small, copy, overwrite=True)
    assert content(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["report"]
