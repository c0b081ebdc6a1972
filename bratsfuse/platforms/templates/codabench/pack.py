"""Pack the bundle: bundle/ becomes bundle.zip, with competition.yaml at its top."""

import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    bundle = HERE / "bundle"
    if "YOUR-ACCOUNT" in (bundle / "competition.yaml").read_text(encoding="utf-8"):
        print("name your image in bundle/competition.yaml first: docker_image")
        return 1
    with zipfile.ZipFile(HERE / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(bundle.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(bundle))
    print(HERE / "bundle.zip")
    return 0


if __name__ == "__main__":
    sys.exit(main())
