"""Broken and hostile zips."""

import io
import stat
import struct
import zipfile

from attacks import Attacks
from toy_submission import RECORD

ATTACKS = Attacks()


def zipped(place, change=None, method=zipfile.ZIP_DEFLATED, top="", **columns):
    """A zip of a valid submission, with one change before it is closed."""
    place.folder(**columns)
    path = place.root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", method) as file:
        for name in ("submission.toml", "predictions.h5"):
            file.write(place.root / name, top + name)
        if change is not None:
            change(file)
    return path


def zip_attack(code, method=zipfile.ZIP_DEFLATED):
    """Register a change as an attack."""

    def register(change):
        def make(place):
            return zipped(place, change, method)

        make.__name__ = change.__name__
        ATTACKS.add(code)(make)
        return change

    return register


@zip_attack("zip-unsafe-name")
def zip_absolute(file):
    file.writestr("/etc/cron.d/x", "x")


@zip_attack("zip-unsafe-name")
def zip_upwards(file):
    file.writestr("mask/../../x.png", "x")


@zip_attack("zip-unsafe-name")
def zip_drive(file):
    file.writestr("C:x.png", "x")


@zip_attack("zip-unsafe-name")
def zip_backslash(file):
    file.writestr("mask\\x.png", "x")


@zip_attack("zip-duplicate-name")
def zip_two_of_a_name_but_for_case(file):
    file.writestr("Submission.TOML", "x")


@zip_attack("zip-link")
def zip_link(file):
    entry = zipfile.ZipInfo("mask")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    file.writestr(entry, "/etc")


@zip_attack("zip-link")
def zip_device(file):
    entry = zipfile.ZipInfo("zero")
    entry.external_attr = (stat.S_IFCHR | 0o777) << 16
    file.writestr(entry, "")


@zip_attack("zip-method")
def zip_lzma(file):
    file.writestr("x", "x" * 100, zipfile.ZIP_LZMA)


@zip_attack("zip-method")
def zip_bzip2(file):
    file.writestr("x", "x" * 100, zipfile.ZIP_BZIP2)


@zip_attack("too-many-files")
def zip_many_files(file):
    for number in range(5000):
        file.writestr(f"mask/{number}.png", "")


@zip_attack("zip-bomb")
def zip_bomb(file):
    with file.open("bomb", "w") as stream:
        for _ in range(100):
            stream.write(bytes(1 << 20))


@ATTACKS.add("file-too-large", "missing-predictions")
def zip_bomb_of_png(place):
    name = "mask/BraTS2021_00003_z070.png"
    return zipped(place, lambda file: file.writestr(name, bytes(5 << 20)), mask=None)


@ATTACKS.add("zip-duplicate-name")
def zip_two_of_a_name(place):
    path = zipped(place, lambda file: file.writestr("submission.tomm", RECORD))
    path.write_bytes(path.read_bytes().replace(b"submission.tomm", b"submission.toml"))
    return path


@ATTACKS.add("zip-unsafe-name")
def zip_name_with_nul(place):
    path = zipped(place, lambda file: file.writestr("maskXpng", "x"))
    path.write_bytes(path.read_bytes().replace(b"maskXpng", b"mask\0png"))
    return path


def patched(path, offset, value, form="<H", where=b"PK\x01\x02"):
    """Overwrite a field of the first central (or local) header."""
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, content.find(where) + offset, value)
    path.write_bytes(content)
    return path


@ATTACKS.add("zip-encrypted")
def zip_encrypted(place):
    return patched(zipped(place), 8, 1)


@ATTACKS.add("zip-overlap")
def zip_overlap(place):
    path = zipped(place, lambda file: file.writestr("x", "x"))
    content = bytearray(path.read_bytes())
    last = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, last + 42, 0)
    path.write_bytes(content)
    return path


@ATTACKS.add("broken-zip")
def zip_declares_too_little(place):
    return patched(zipped(place), 24, 10, "<I")


@ATTACKS.add("zip-bomb")
def zip_declares_too_much(place):
    return patched(zipped(place), 24, 0xFFFFFFF0, "<I")


@ATTACKS.add("broken-zip")
def zip_of_two_names_for_one_file(place):
    return patched(zipped(place), 30, 0x5858, where=b"PK\x03\x04")


@ATTACKS.add("broken-zip")
def zip_cut_short(place):
    path = zipped(place)
    path.write_bytes(path.read_bytes()[:-40])
    return path


@ATTACKS.add("broken-zip")
def zip_signature_alone(place):
    place.root.write_bytes(b"PK\x03\x04" + bytes(100))
    return place.root


@ATTACKS.add("not-a-submission")
def zip_empty(place):
    place.root.write_bytes(b"PK\x05\x06" + bytes(18))
    return place.root


@ATTACKS.add("not-a-submission")
def zip_in_zip(place):
    inner = zipped(place).read_bytes()
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("submission.zip", inner)
    path = place.root.with_name("outer.zip")
    path.write_bytes(outer.getvalue())
    return path
