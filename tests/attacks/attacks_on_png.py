"""Broken and hostile PNG files."""

import zlib

from attacks import Attacks
from PIL import Image
from toy_submission import MASK, SHAPE, chunk, png

ATTACKS = Attacks()


def png_attack(name, *codes, **options):
    def make(place):
        place.pngs()
        made = {key: one() if callable(one) else one for key, one in options.items()}
        place.png_of(1).write_bytes(png(MASK[1], **made))
        return place.root

    make.__name__ = name
    ATTACKS.add(*codes)(make)


def bomb(start=b""):
    return zlib.compress(start + bytes(200_000_000), 6)


ROWS = b"".join(b"\0" + row.tobytes() for row in MASK[1])
for name, codes, options in (
    ("png_without_end", ["broken-png"], {"ending": False}),
    ("png_without_signature", ["broken-png"], {"signature": 0}),
    ("png_without_pixels", ["broken-png"], {"idat": b""}),
    ("png_pixels_cut", ["broken-png"], {"idat": zlib.compress(ROWS)[:-30]}),
    ("png_pixels_noise", ["broken-png"], {"idat": b"\x12" * 400}),
    ("png_two_headers", ["broken-png"], {"before": png(MASK[0])[8:33]}),
    ("png_of_colours", ["wrong-png-mode"], {"colour": 2}),
    ("png_of_palette", ["wrong-png-mode"], {"colour": 3}),
    ("png_grey_and_alpha", ["wrong-png-mode"], {"colour": 4}),
    ("png_16_bits", ["wrong-png-mode"], {"bits": 16}),
    ("png_1_bit", ["wrong-png-mode"], {"bits": 1}),
    ("png_transparent", ["wrong-png-mode"], {"before": chunk(b"tRNS", b"\0\0")}),
    ("png_animated", ["animated-png"], {"before": chunk(b"acTL", bytes(8))}),
    ("png_gigapixels", ["wrong-shape"], {"size": (60000, 60000)}),
    ("png_transposed", ["wrong-shape"], {"size": SHAPE[::-1]}),
    ("png_no_pixels_wide", ["wrong-shape"], {"size": (0, 0)}),
    # These are defused, not refused: only header and pixels reach the decoder.
    ("png_bomb_of_text", [], {"before": lambda: chunk(b"zTXt", b"a\0\0" + bomb())}),
    ("png_bomb_of_profile", [], {"before": lambda: chunk(b"iCCP", b"a\0\0" + bomb())}),
    ("png_bomb_of_pixels", [], {"idat": lambda: bomb(ROWS)}),
):
    png_attack(name, *codes, **options)


@ATTACKS.add("broken-png")
def jpeg_called_png(place):
    place.pngs()
    Image.fromarray(MASK[1]).save(place.png_of(1), format="JPEG")
    return place.root


@ATTACKS.add("file-too-large")
def png_with_a_long_tail(place):
    place.pngs()
    with place.png_of(1).open("ab") as file:
        file.write(bytes(5_000_000))
    return place.root


@ATTACKS.add("bad-id")
def png_of_another_name(place):
    place.pngs()
    (place.root / "mask" / "mask1.png").write_bytes(png(MASK[0]))
    return place.root


@ATTACKS.add("unknown-id", "missing-predictions")
def png_in_capitals(place):
    place.pngs()
    path = place.png_of(1)
    path.rename(path.with_name(path.name.replace("BraTS", "BRATS")))
    return place.root


@ATTACKS.add("duplicate-id")
def png_twice(place):
    place.pngs()
    path = place.png_of(1)
    path.with_suffix(".PNG").write_bytes(png(MASK[1]))
    return place.root


@ATTACKS.add("missing-predictions")
def png_missing(place):
    place.pngs()
    place.png_of(1).unlink()
    return place.root


@ATTACKS.add("wrong-split")
def pngs_of_another_split(place):
    place.pngs()
    for path in sorted((place.root / "mask").iterdir()):
        path.rename(path.with_name(f"Other_{path.stem[-3:]}{path.name[-9]}_z001.png"))
    return place.root
