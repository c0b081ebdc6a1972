"""A worker's death says which signal, and at which item; Ctrl-C is for the parent."""

import os
import signal

import pytest

from bratsfuse.errors import WorkerDiedError
from bratsfuse.parallel import in_order
from bratsfuse.parallel.deaths import item_name


def work(item):
    """Die of what an item says, or return it."""
    kind, name = item
    if kind == "exit":
        os._exit(3)
    elif kind:
        os.kill(os.getpid(), int(kind))
    return name


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (signal.SIGKILL, "want of memory"),
        (signal.SIGSEGV, "could not read its files"),
        ("exit", "status 3"),
    ],
)
def test_the_death_of_a_worker_names_the_signal_and_the_item(kind, cause):
    items = [(0, "a"), (kind, "case-b"), (0, "c")]
    with pytest.raises(WorkerDiedError) as problem:
        list(in_order(work, items, 2))
    text = str(problem.value)
    assert cause in text
    assert "case-b" in text
    assert "\n" not in text
    assert problem.value.item == items[1]
    if kind != "exit":
        assert kind.name in text
        assert problem.value.status == -kind


def test_workers_leave_ctrl_c_to_their_parent():
    assert list(in_order(work, [(signal.SIGINT, "a"), (0, "b")], 2)) == ["a", "b"]


def test_items_are_called_what_people_call_them():
    class Case:
        id = "BraTS2021_00001"

    class Choice:
        case = Case()

    assert item_name(Case()) == item_name(Choice()) == "BraTS2021_00001"
    assert item_name(range(16, 32)) == "rows 16 to 31"
    assert item_name("x\ny") == "x y"


def crashing_read(case):
    """Read a case, unless it is the second."""
    from bratsfuse.raw import read_case

    if case.id.endswith("2"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return read_case(case)


@pytest.mark.slow
def test_a_case_that_ends_its_reader_is_a_bad_case_and_the_others_go_on(tmp_path):
    from toys import TOY_RECIPE, small, write_toys

    from bratsfuse.building import BadCasesError, build
    from bratsfuse.raw import scan

    raw = write_toys(tmp_path / "raw", cases=4)
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(raw))
    target = tmp_path / "release"
    how = {"read": crashing_read, "workers": 2}
    with pytest.raises(BadCasesError) as problem:
        build(form, cases, TOY_RECIPE, target, **how)
    (issue,) = problem.value.issues
    assert issue.code == "crash"
    assert "SIGSEGV" in issue.message
    assert "_t1.nii.gz" in issue.message
    manifest = build(
        form, cases, TOY_RECIPE, target, **how, skip_bad=True, allow_fewer=True
    )
    assert len(manifest.cases) == 3
    assert issue in manifest.issues
