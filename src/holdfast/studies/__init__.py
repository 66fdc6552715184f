"""The shipped protocol files and their assumptions, found by name."""

from __future__ import annotations

from pathlib import Path

from holdfast.errors import Unavailable, UnknownName

FOLDER = Path(__file__).parent


def shipped() -> tuple[str, ...]:
    """The names of the shipped studies, sorted."""
    return tuple(sorted(file.parent.name for file in FOLDER.glob("*/study.yaml")))


def path_of(name_or_path: str | Path) -> Path:
    """The study file of a shipped name, of a file, or of a folder that holds ``study.yaml``.

    A shipped name wins over a folder of the same name in the working directory.
    UnknownName where there is none, with what is shipped; Unavailable where it may not be read.
    """
    text = str(name_or_path)
    if text in shipped():
        return FOLDER / text / "study.yaml"
    path = Path(text)
    try:
        for file in (path / "study.yaml", path):
            if file.is_file():
                return file
    except PermissionError as error:
        raise Unavailable(f"{text} cannot be read: {error.strerror}.") from error
    except OSError:
        pass  # a name that no file can have, such as one too long
    names = ", ".join(shipped()) or "none"
    raise UnknownName(
        f"There is no study {text!r}: it is neither a shipped study ({names}) nor a file or a folder "
        "with a study.yaml. Check the spelling or give the path."
    )
