"""Without a terminal long work is not silent."""

from bratsfuse.terminal import progress


def test_a_long_step_says_how_far_it_is(monkeypatch, capsys):
    clock = iter(range(0, 400, 10))  # ten seconds an item
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.progress() as report:
        for done in range(1, 9):
            report("train", done, 8)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "training: 8 of 8"
    assert len(lines) > 2


def test_a_short_one_says_one_line(monkeypatch, capsys):
    monkeypatch.setattr(progress.time, "monotonic", lambda: 5.0)
    with progress.progress() as report:
        for done in range(1, 9):
            report("train", done, 8)
    assert capsys.readouterr().err.splitlines() == ["training: 8 of 8"]
