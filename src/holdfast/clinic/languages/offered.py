"""Which languages there are: English, and each that has a catalogue in ``clinic/locale``.

The catalogues are compiled when the site starts and kept by their content, so none is ever stale and
a place of installation that cannot be written to does not matter.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from django.conf.locale import LANG_INFO

from holdfast.clinic.languages.catalogue import compiled, read_file

CATALOGUES = Path(__file__).parent.parent / "locale"
ENGLISH = "en"


def offered(folder: Path = CATALOGUES) -> list[tuple[str, str]]:
    """Each language's code and its name in itself, English first."""
    codes = [ENGLISH, *(path.stem for path in sorted(folder.glob("*.po")))]
    return [(code, name_of(code)) for code in codes]


def name_of(code: str) -> str:
    """A language's name in itself, with a capital where it has any."""
    name = str(LANG_INFO.get(code, {}).get("name_local", code))
    return name[:1].upper() + name[1:]


def ready(data: Path, folder: Path = CATALOGUES) -> Path:
    """The folder of the compiled catalogues, made where it is not there yet."""
    sources = sorted(folder.glob("*.po"))
    digest = hashlib.sha256(b"1" + b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    place = data / "locale" / digest
    try:
        if not data.is_dir():
            raise FileNotFoundError(data)
        _compile(sources, place)
    except OSError:
        # No data folder (type checks), or a full disk: this process makes its own.
        place = Path(tempfile.mkdtemp(prefix="holdfast-locale-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        _compile(sources, place)
    return place


def _compile(sources: list[Path], place: Path) -> None:
    for source in sources:
        target = place / source.stem / "LC_MESSAGES" / "django.mo"
        if target.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # Several processes start at once: each renames a whole file into place.
        part = target.with_name(f"{os.getpid()}.part")
        part.write_bytes(compiled(read_file(source)))
        part.replace(target)
