"""Third parties' programs: what they are given, how they run, what is refused."""

import os
import shlex
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from bratsfuse.errors import InvalidInputError, ReleaseError, SubmissionError
from bratsfuse.issues import lines_of
from bratsfuse.methods import (
    Command,
    CommandFailedError,
    UnusableOutputError,
    add_product_by_command,
    parse_command,
    predict_by_command,
)
from bratsfuse.methods.command import run
from bratsfuse.release import SplitFile, read_manifest

START = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
source, result = map(Path, sys.argv[1:])
Path("has run").touch()
names = sorted(path.name for path in source.iterdir())
read = lambda name: np.array(Image.open(source / name))
write = lambda name, array: Image.fromarray(array).save(result / name)
"""

COPY = "for name in names: write(name, read(name))\n"


@pytest.fixture
def place(toy_release, tmp_path, monkeypatch):
    """A directory with a release, and one of its own for temporary folders."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path


def program(place, body, *, reads="flair", writes="fused"):
    (place / "program.py").write_text(START + body)
    return parse_command(
        f"{shlex.quote(sys.executable)} program.py {{{reads}}} {{{writes}}}"
    )


def predicted(place, body, **options):
    """Run a program over the toy release; return what the submission holds."""
    lines = []
    command = program(place, body, **options)
    predict_by_command(
        command, place / "release", place / "submission", told=lines.append
    )
    with h5py.File(place / "submission/predictions.h5") as file:
        column = {"fused": "fused", "mask": "mask"}[options.get("writes", "fused")]
        return file[column][()], lines


def refused(place, body, **options):
    with pytest.raises(UnusableOutputError) as caught:
        predicted(place, body, **options)
    assert not (place / "submission").exists()
    return caught.value


def stored(place, name):
    with SplitFile(place / "release/data/test.h5") as file:
        return file.array(name)


# The command line.


def test_the_placeholders_tell_sources_and_tracks():
    command = parse_command("net --b={flair} --a {t1} {flair} '{mask}' {fused}")
    assert command.sources == ("flair", "t1")
    assert command.tracks == ("fusion", "segmentation")
    assert command.words[-2:] == ("{mask}", "{fused}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("net {t1gd} {fused}", "no placeholder {t1gd}; use {t1} {t1ce} {t2} {flair}"),
        ("net {t1ce} {out}", "no placeholder {out}"),
        ("net {fused}", "names no folder to read"),
        ("net {t1ce}", "names no folder to write to"),
        ("net", "names no folder to read"),
        ("", "names no folder to read"),
        ("net '{t1ce} {fused}", "fix the quotes"),
    ],
)
def test_a_command_that_cannot_work_is_refused(text, told):
    with pytest.raises(InvalidInputError) as caught:
        parse_command(text)
    assert told in str(caught.value)


def test_a_directory_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="no such folder; --cwd must exist"):
        parse_command("net {t1} {fused}", cwd=tmp_path / "none")


def test_the_record_tells_no_folder_of_this_disk():
    text = "/home/me/env/bin/python test.py --w=/data/w.pth ~/x.toml {t1} {fused} a/b"
    expected = "python test.py --w=w.pth x.toml {t1} {fused} a/b"
    assert str(parse_command(text)) == expected


# A run.


def ran(script, *arguments, folders=None, **options):
    lines = []
    words = (sys.executable, "-c", script, *arguments)
    run(Command(words=words, **options), folders or {}, lines.append)
    return lines


def test_arguments_arrive_as_they_are_and_no_shell_reads_them(tmp_path):
    folder = tmp_path / "with a space"
    script = "import sys; print(*sys.argv[1:], sep='\\n')"
    arguments = ("--in={t1}/", "$HOME; echo", "{not a name}", '{"json": 1}')
    lines = ran(script, *arguments, folders={"t1": folder})
    assert lines == [f"--in={folder}/\n", *(f"{one}\n" for one in arguments[1:])]


def test_a_tilde_is_the_home_directory(monkeypatch):
    monkeypatch.setenv("HOME", "/of/mine")
    assert ran("import sys; print(sys.argv[1])", "~/net") == ["/of/mine/net\n"]


def test_it_runs_in_its_directory_and_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("BRATSFUSE_TEST", "seen")
    script = (
        "import os, sys; "
        "print(os.getcwd(), os.environ['BRATSFUSE_TEST'], repr(sys.stdin.read()))"
    )
    assert ran(script, cwd=tmp_path) == [f"{tmp_path} seen ''\n"]


def test_output_is_told_as_it_comes_from_both_streams():
    script = (
        "import sys; print('one', flush=True); print('two', file=sys.stderr); "
        "sys.stdout.buffer.write(b'50%\\r\\xff\\n')"
    )
    assert ran(script) == ["one\n", "two\n", "50%\n", "\ufffd\n"]


def test_a_failure_shows_the_last_lines():
    script = "for n in range(9): print(n)\nraise SystemExit(7)"
    with pytest.raises(CommandFailedError) as caught:
        ran(script)
    told = "ended with status 7; expected 0; its last lines: 4 | 5 | 6 | 7 | 8"
    assert str(caught.value).endswith(told)
    with pytest.raises(CommandFailedError, match=r"status -9; .*printed nothing"):
        ran("import os; os.kill(os.getpid(), 9)")


def test_a_program_that_is_not_there_is_told(tmp_path):
    for word in ("no-such-program-at-all", str(tmp_path)):
        with pytest.raises(CommandFailedError, match="cannot be started"):
            run(Command(words=(word,)), {}, print)


def running(process):
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # it has just ended, or this system has no /proc
        return not Path("/proc/self").exists()
    return state != "Z"  # ended, and nobody has asked how


def wait_for_the_end_of(process):
    """Return once a process has ended; it would have gone on for ten minutes."""
    for _ in range(300):
        if not running(process):
            return
        time.sleep(0.2)
    pytest.fail(f"process {process} was left running")


def test_the_time_limit_ends_what_the_program_started_too(tmp_path):
    script = f"sleep 600 & echo $! > {shlex.quote(str(tmp_path / 'child'))}; wait"
    command = Command(words=("sh", "-c", script), timeout_s=0.5)
    with pytest.raises(CommandFailedError, match=r"ended after 0\.5 s; allow it more"):
        run(command, {}, print)
    if (tmp_path / "child").exists():  # else it was ended before it started anything
        wait_for_the_end_of(int((tmp_path / "child").read_text()))


def test_an_interruption_ends_the_program():
    told = []

    def interrupt(line):
        told.append(line)
        raise KeyboardInterrupt

    script = "echo $$; exec sleep 600"
    with pytest.raises(KeyboardInterrupt):
        run(Command(words=("sh", "-c", script)), {}, interrupt)
    wait_for_the_end_of(int(told[0]))


def test_within_the_time_limit_nothing_is_ended():
    assert ran("print('done')", timeout_s=60) == ["done\n"]


# What a program is given.


def test_it_is_given_the_named_originals_and_nothing_else(place):
    body = (
        "print(sorted(str(path.relative_to(source.parent)) for path in "
        "source.parent.rglob('*')))\n" + COPY
    )
    fused, lines = predicted(place, body)
    with SplitFile(place / "release/data/test.h5") as file:
        cases, indices = file.texts("case_id"), file.array("slice_index")
    ids = [f"{case}_z{z:03d}" for case, z in zip(cases, indices, strict=True)]
    assert lines == [
        f"{sorted(['flair', 'fused', *(f'flair/{i}.png' for i in ids)])}\n"
    ]
    np.testing.assert_array_equal(fused, stored(place, "flair"))
    assert not any((place / "temporary").iterdir())


def test_masks_and_fusion_images_are_never_read(place):
    with h5py.File(place / "release/data/test.h5", "r+") as file:
        for name in ("mask", "fusion_average", "t1", "t1ce", "t2"):
            del file[name]
    fused, _ = predicted(place, COPY)
    np.testing.assert_array_equal(fused, stored(place, "flair"))


# What it writes.


def test_masks_are_read_as_labels(place):
    body = "for name in names: write(name, (read(name) > 99).astype('uint8') * 3)\n"
    masks, _ = predicted(place, body, writes="mask")
    np.testing.assert_array_equal(masks, (stored(place, "flair") > 99) * 3)


def test_a_palette_is_no_colour_of_a_mask(place):
    body = (
        "for name in names:\n"
        "    image = Image.fromarray((read(name) > 99).astype('uint8') * 2)\n"
        "    image.putpalette([0, 0, 0, 9, 9, 9, 200, 0, 0, 0, 99, 0])\n"
        "    image.save(result / name)\n"
    )
    masks, lines = predicted(place, body, writes="mask")
    np.testing.assert_array_equal(masks, (stored(place, "flair") > 99) * 2)
    assert lines == []


def test_colour_becomes_luminance_with_a_note(place):
    body = "for name in names: write(name, np.stack([read(name)] * 3, axis=2))\n"
    fused, lines = predicted(place, body)
    np.testing.assert_array_equal(fused, stored(place, "flair"))
    notes = [line for line in lines if line.startswith("note [colour]")]
    assert 1 <= len(notes) <= 4
    assert "luminance" in notes[0]


def test_other_images_are_left_out_with_a_note(place):
    body = COPY + "write('mosaic.png', read(names[0]))\n"
    _, lines = predicted(place, body)
    (line,) = [line for line in lines if "other-name" in line]
    assert "mosaic.png" in line


EACH = "for name in names: "


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ("", "no-images", "no image found"),
        (
            EACH
            + "(result / 'x').mkdir(exist_ok=True); write('x/' + name, read(name))",
            "sub-folders",
            "expected the images in the folder itself",
        ),
        (
            EACH + "write(name.replace('.', '_fused.'), read(name))",
            "missing",
            "_fused.png: leave out '_fused'",
        ),
        (
            EACH + "write('a_' + name.replace('.', '_b.'), read(name))",
            "missing",
            "leave out 'a_' and '_b'",
        ),
        (
            "for n, name in enumerate(names): write(f'{n}.png', read(name))",
            "missing",
            "other names, such as 0.png",
        ),
        (COPY + "(result / names[0]).unlink()", "missing", "1 of "),
        (EACH + "write(name, read(name)[1:, :-2])", "wrong-size", "expected 20 x 24"),
        (EACH + "write(name, read(name).T.copy())", "wrong-size", "expected 20 x 24"),
        (EACH + "write(name, read(name).astype('uint16'))", "deep", "16 or more bits"),
        (
            EACH + "write(name[:-3] + 'tif', read(name).astype('float32'))",
            "float",
            "floating-point",
        ),
        (EACH + "write(name, np.stack([read(name)] * 4, axis=2))", "alpha", "flatten"),
        (
            COPY + "path = result / names[0]; path.write_bytes(path.read_bytes()[:90])",
            "unreadable",
            "cannot be read",
        ),
        (COPY + "write(names[0][:-3] + 'bmp', read(names[0]))", "name-twice", "keep"),
    ],
)
def test_images_that_cannot_be_used_are_refused_and_kept(place, body, code, told):
    problem = refused(place, body)
    (issue,) = [issue for issue in problem.issues if issue.code == code][:1]
    assert issue.severity == "error"
    assert told in str(issue)
    (kept,) = (place / "temporary").iterdir()
    assert str(kept) in str(problem)
    assert (kept / "fused").is_dir()


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        (EACH + "write(name, read(name) // 2 * 0 + 7)", "not-labels", "the values 7;"),
        (
            EACH + "write(name, np.stack([read(name) * 0] * 3, axis=2))",
            "mask-mode",
            "has the mode RGB",
        ),
        (
            EACH + "write(name, read(name) > 99)",
            "mask-mode",
            "has the mode 1;",
        ),
    ],
)
def test_masks_that_hold_no_labels_are_refused(place, body, code, told):
    problem = refused(place, body, writes="mask")
    assert told in str(next(one for one in problem.issues if one.code == code))


def test_all_problems_are_told_at_once_and_the_same_ones_are_counted(place):
    body = (
        "for name in names[:6]: write(name, read(name)[1:])\n"
        "write(names[6], read(names[6]).astype('uint16'))\n"
    )
    command = program(place, body)
    with pytest.raises(UnusableOutputError) as caught:
        predict_by_command(
            command,
            place / "release",
            place / "submission",
            split="train",
            told=lambda _: None,
        )
    codes = [issue.code for issue in caught.value.issues]
    assert codes == ["missing", *["wrong-size"] * 6, "deep"]
    lines = lines_of(caught.value.issues)
    assert len(lines) == 3
    assert "[wrong-size] in 6 places, for example " in lines[1]


# Order: what can be refused early is refused before the program runs.


def add(place, command, product="new"):
    return add_product_by_command(
        command,
        place / "release",
        place / "release2",
        product=product,
        told=lambda _: None,
    )


def test_a_taken_name_is_told_before_the_program_runs(place):
    command = program(place, COPY)
    (place / "submission").mkdir()
    (place / "submission/notes.txt").touch()
    with pytest.raises(SubmissionError):
        predicted(place, COPY)
    with pytest.raises(SubmissionError, match="name has 81 characters"):
        predict_by_command(
            command, place / "release", place / "new", name_as="x" * 81, told=print
        )
    for product in ("average", "no-product", None):
        with pytest.raises(InvalidInputError):
            add(place, command, product)
    with pytest.raises(InvalidInputError, match="and nothing else"):
        add(place, program(place, COPY, writes="mask"))
    (place / "release2").mkdir()
    (place / "release2/notes.txt").touch()
    with pytest.raises(ReleaseError):
        add(place, command)
    assert not (place / "has run").exists()


def test_a_program_runs_once_for_all_splits_of_a_release(place):
    body = COPY + "with open('runs', 'a') as file: print(len(names), file=file)\n"
    manifest = add(place, program(place, body))
    assert (place / "runs").read_text() == f"{manifest.slice_sets}\n"
    record = read_manifest(place / "release2").added["new"]
    assert record.sources == ("flair",)
    assert record.method.endswith("program.py {flair} {fused}")
    assert "/" not in record.method
    assert not any((place / "temporary").iterdir())


PAINT = "for name in names: write(name, 255 - read(name))\n"


def test_the_background_of_a_programs_images_is_0_in_both_uses(place):
    flair = stored(place, "flair")
    expected = np.where(flair > 0, 255 - flair, 0)
    assert (flair == 0).any()
    found, _ = predicted(place, PAINT)
    np.testing.assert_array_equal(found, expected)
    add_product_by_command(
        program(place, PAINT),
        place / "release",
        place / "release2",
        product="painted",
        told=lambda _: None,
    )
    with SplitFile(place / "release2/data/test.h5") as file:
        np.testing.assert_array_equal(file.array("fusion_painted"), expected)


def test_a_program_that_fails_leaves_nothing(place):
    with pytest.raises(CommandFailedError):
        add(place, program(place, COPY + "sys.exit(2)\n"))
    assert not (place / "release2").exists()
    assert not any((place / "temporary").iterdir())
