"""One evaluation after the other leaves nothing open and nothing lying about."""

import tempfile
import threading
from pathlib import Path

import pytest

from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.release import read_manifest
from bratsfuse.report import write_report
from bratsfuse.submission import expected_of, write_template

OPEN = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN.is_dir(), reason="the system does not list open files")
def test_three_evaluations_leave_nothing_open(built_toy_release, tmp_path, monkeypatch):
    scratch = tmp_path / "temporary"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    expected = expected_of(built_toy_release, read_manifest(built_toy_release), "test")
    write_template(tmp_path / "submission", expected)
    seen = []
    for _ in range(3):
        evaluation = evaluate(tmp_path / "submission", built_toy_release, Settings())
        write_report(evaluation, tmp_path / "report", overwrite=True)
        seen.append((len([*OPEN.iterdir()]), threading.active_count()))
    assert seen[1] == seen[2]
    assert [*scratch.iterdir()] == []
