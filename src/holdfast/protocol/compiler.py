"""The compiler: a study file's text to a frozen, hashed ``Protocol``, or every problem in it.

Four passes, each told in the same words (``file:line: path: found …; expected …``):
the event stream (``reader``), the citations (``citations``), the shape (``shape``),
the whole (``checks``). All that one run can find, it tells, in the order of the file.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from holdfast.errors import Problem, StudyFileError, Unavailable, UnknownName
from holdfast.protocol.checks import problems_of
from holdfast.protocol.citations import resolved
from holdfast.protocol.model import Protocol
from holdfast.protocol.reader import read, text_of, with_lf
from holdfast.protocol.shape import shaped


def compile_study(path: Path) -> Protocol:
    """The protocol of a study file. StudyFileError with all problems, UnknownName, Unavailable."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise UnknownName(f"There is no study file {path}. Check the path.") from None
    except IsADirectoryError:
        raise UnknownName(f"{path} is a folder. Name the study file in it.") from None
    except OSError as error:
        raise Unavailable(f"The study file {path} cannot be read: {error.strerror}.") from error
    return compile_text(text_of(content, name=str(path)), name=str(path))


def compile_text(text: str, *, name: str) -> Protocol:
    """The protocol of a study file's text; ``name`` is what problems call the file."""
    text = with_lf(text)
    sheet = read(text, name=name)
    root, problems = resolved(sheet)
    protocol, told = shaped(root, sheet=sheet)
    problems += told
    if protocol is not None:
        problems += problems_of(protocol, sheet=sheet)
    if problems or protocol is None:
        raise StudyFileError(_in_file_order(problems))
    return protocol.model_copy(update={"text": text, "hash": hash_of(text)})


def hash_of(text: str) -> str:
    """The protocol hash: SHA-256 (hexadecimal) of the text in UTF-8 with LF line ends."""
    return hashlib.sha256(with_lf(text).encode("utf-8")).hexdigest()


def _in_file_order(problems: list[Problem]) -> tuple[Problem, ...]:
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda problem: int(problem.where.rpartition(":")[2])))
