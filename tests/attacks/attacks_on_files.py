"""Broken and hostile folders and records."""

import os
import socket

from attacks import Attacks
from toy_submission import IDS, RECORD, SECRET, png, write_columns

ATTACKS = Attacks()


def record_attack(name, code, record):
    def make(place):
        return place.pngs(record=record)

    make.__name__ = name
    ATTACKS.add(code)(make)


TRACKS = 'tracks = ["fusion", "segmentation"]\n'
NAMED = 'name = "toy"\n'
for name, code, record in (
    ("toml_syntax", "bad-toml", "name = \n"),
    ("toml_nested_deep", "bad-toml", NAMED + TRACKS + f"a = {'[' * 30000}"),
    ("toml_huge", "file-too-large", RECORD + "# " + "x" * 3_000_000),
    ("toml_unknown_key", "unknown-key", RECORD + 'metod = "x"\n'),
    ("toml_table", "unknown-key", RECORD + "[extra]\na = 1\n"),
    ("name_missing", "bad-name", TRACKS),
    ("name_empty", "bad-name", 'name = ""\n' + TRACKS),
    ("name_blank", "bad-name", 'name = "  "\n' + TRACKS),
    ("name_too_long", "bad-name", f'name = "{"x" * 81}"\n' + TRACKS),
    ("name_commands_terminal", "bad-name", 'name = "\\u001b[2J"\n' + TRACKS),
    ("name_turns_text_round", "bad-name", 'name = "a\\u202Eb"\n' + TRACKS),
    ("name_number", "wrong-type", "name = 5\n" + TRACKS),
    ("name_nan", "wrong-type", "name = nan\n" + TRACKS),
    ("tracks_text", "wrong-type", NAMED + 'tracks = "fusion"\n'),
    ("authors_numbers", "wrong-type", RECORD + "authors = [1]\n"),
    ("tracks_unknown", "unknown-track", NAMED + TRACKS.replace("[", '["segm", ')),
    ("tracks_twice", "unknown-track", NAMED + TRACKS.replace("[", '["fusion", ')),
    ("tracks_empty", "no-tracks", NAMED + "tracks = []\n"),
    ("tracks_missing", "no-tracks", NAMED),
    ("url_script", "bad-url", RECORD + 'url = "javascript:alert(1)"\n'),
    ("url_file", "bad-url", RECORD + 'url = "file:///etc/passwd"\n'),
    ("method_too_long", "bad-text", RECORD + f'method = "{"x" * 5000}"\n'),
    ("authors_too_many", "bad-text", RECORD + f"authors = {['x'] * 500}\n"),
    (
        "track_not_declared",
        "undeclared-predictions",
        NAMED + 'tracks = ["fusion"]\n',
    ),
):
    record_attack(name, code, record)


@ATTACKS.add("bad-toml")
def toml_latin_1(place):
    place.folder()
    (place.root / "submission.toml").write_bytes(b'name = "h\xf4tel"\n')
    return place.root


@ATTACKS.add("no-such-submission")
def nothing_there(place):
    return place.root


@ATTACKS.add("no-such-submission")
def link_to_nowhere(place):
    place.root.symlink_to("nowhere")
    return place.root


@ATTACKS.add("not-a-submission")
def empty_folder(place):
    place.root.mkdir()
    return place.root


@ATTACKS.add("not-a-submission")
def empty_file(place):
    place.root.write_bytes(b"")
    return place.root


@ATTACKS.add("not-a-submission")
def pickle_file(place):
    place.root.write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR.")
    return place.root


@ATTACKS.add("special-file")
def fifo_as_submission(place):
    os.mkfifo(place.root)
    return place.root


@ATTACKS.add("no-predictions")
def record_alone(place):
    place.root.mkdir()
    (place.root / "submission.toml").write_text(RECORD)
    return place.root


@ATTACKS.add("no-record")
def no_record(place):
    return place.folder(record=None)


@ATTACKS.add("special-file")
def fifo_as_record(place):
    place.folder(record=None)
    os.mkfifo(place.root / "submission.toml")
    return place.root


@ATTACKS.add("special-file")
def fifo_as_predictions(place):
    place.folder()
    (place.root / "predictions.h5").unlink()
    os.mkfifo(place.root / "predictions.h5")
    return place.root


@ATTACKS.add("special-file")
def folder_as_predictions(place):
    place.pngs()
    (place.root / "predictions.h5").mkdir()
    return place.root


@ATTACKS.add("special-file")
def socket_as_png(place):
    place.pngs()
    place.png_of(0).unlink()
    here = os.open(".", os.O_RDONLY)
    os.chdir(place.root / "mask")  # a socket's path must be short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(place.png_of(0).name)
    finally:
        os.chdir(here)
        os.close(here)
    return place.root


@ATTACKS.add("special-file")
def links_in_a_circle(place):
    place.pngs()
    place.png_of(0).unlink()
    place.png_of(0).symlink_to(place.png_of(0).name)
    return place.root


@ATTACKS.add("link-outside")
def predictions_linked_outside(place):
    place.folder()
    (place.root / "predictions.h5").unlink()
    (place.root / "predictions.h5").symlink_to(place.secret)
    return place.root


@ATTACKS.add("link-outside")
def record_linked_outside(place):
    place.folder()
    (place.root / "submission.toml").unlink()
    (place.root / "submission.toml").symlink_to("/etc/hostname")
    return place.root


@ATTACKS.add("link-outside")
def folder_linked_outside(place):
    other = place.secret.parent / "masks"
    other.mkdir()
    for one, image in zip(IDS, SECRET, strict=True):
        (other / f"{one}.png").write_bytes(png(image))
    place.folder(mask=None)
    (place.root / "mask").symlink_to(other)
    return place.root


@ATTACKS.add("link-outside")
def png_linked_outside(place):
    place.pngs()
    place.png_of(0).unlink()
    place.png_of(0).symlink_to("../../secret.png")
    return place.root


@ATTACKS.add("link-outside")
def png_linked_to_a_device(place):
    place.pngs()
    place.png_of(0).unlink()
    place.png_of(0).symlink_to("/dev/zero")
    return place.root


@ATTACKS.add("unreadable-file")
def link_to_nowhere_inside(place):
    place.folder()
    (place.root / "predictions.h5").unlink()
    (place.root / "predictions.h5").symlink_to("gone.h5")
    return place.root


@ATTACKS.add("too-many-files")
def too_many_files(place):
    place.pngs()
    for number in range(300):
        (place.root / "mask" / f"x_z{number:03d}.png").touch()
    return place.root


@ATTACKS.add("file-too-large")
def terabyte_file(place):
    place.folder()
    os.truncate(place.root / "predictions.h5", 1 << 40)
    return place.root


@ATTACKS.add("ambiguous-predictions")
def masks_twice(place):
    place.pngs()
    for path in (place.root / "fused").iterdir():
        path.unlink()
    (place.root / "fused").rmdir()
    with place.hdf5("w") as file:
        write_columns(file)
    return place.root


@ATTACKS.add("track-without-predictions")
def track_without_predictions(place):
    return place.folder(mask=None)


@ATTACKS.add("unexpected-file", "left-out")
def extra_files(place):
    place.pngs()
    (place.root / ".DS_Store").touch()
    (place.root / "mask" / "Thumbs.db").touch()
    (place.root / "README.md").touch()
    deep = place.root / "/".join("deep" for _ in range(200))
    deep.mkdir(parents=True)
    return place.root
