"""The vendored front end is what its manifest says, byte for byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import holdfast.clinic

VENDOR = Path(holdfast.clinic.__file__).parent / "static" / "vendor"


def test_every_vendored_file_has_its_checksum_version_and_licence() -> None:
    listed = json.loads((VENDOR / "manifest.json").read_text())
    for each in listed:
        assert hashlib.sha256((VENDOR / each["file"]).read_bytes()).hexdigest() == each["sha256"], each[
            "file"
        ]
        assert each["version"]
        assert each["licence"] in {"0BSD", "MIT"}
        assert (VENDOR / each["licence_file"]).is_file()
    present = {path.name for path in VENDOR.iterdir() if path.is_file()}
    assert present == {each["file"] for each in listed} | {"manifest.json"}
