"""Catalogues of sentences (gettext's .po files): read, written, and compiled for gettext."""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.errors import TableError

CONTEXT = "\x04"
"""What gettext puts between a context and its sentence."""
MAGIC = 0x950412DE


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the pages; ``plural`` where a count chooses its form."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> str:
        """Its key in a compiled catalogue."""
        start = f"{self.context}{CONTEXT}{self.text}" if self.context else self.text
        return f"{start}\0{self.plural}" if self.plural else start


@dataclass(slots=True)
class Catalogue:
    """The head of a catalogue, and its translations: one form, or one for each plural form."""

    head: str = ""
    said: dict[Sentence, tuple[str, ...]] = field(default_factory=dict)

    def missing(self, wanted: Iterable[Sentence]) -> list[Sentence]:
        """Which of some sentences have no translation, or one with an empty form."""
        return [each for each in wanted if not all(self.said.get(each, ("",)))]


def read(text: str, *, name: str) -> Catalogue:
    """A catalogue from the text of its file; TableError with the line that cannot be read."""
    found = Catalogue()
    for parts in _entries(text, name):
        sentence = Sentence(parts["msgid"], parts.get("msgid_plural", ""), parts.get("msgctxt", ""))
        forms = tuple(parts[each] for each in parts if each.startswith("msgstr"))
        if not sentence.text:
            found.head = "".join(forms)
        elif sentence in found.said:
            raise TableError(f"The catalogue {name} translates “{sentence.text}” twice. Keep one of them.")
        else:
            found.said[sentence] = forms
    return found


def _entries(text: str, name: str) -> Iterator[dict[str, str]]:
    parts: dict[str, str] = {}
    last = ""
    for place, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if line.startswith('"'):
            word, rest = last, line
        elif word in ("msgctxt", "msgid") and any(each.startswith("msgstr") for each in parts):
            yield parts
            parts = {}
        if not word.startswith("msg"):
            raise TableError(f"The catalogue {name} cannot be read at line {place}: {line}")
        parts[word] = parts.get(word, "") + _unquoted(rest, name, place)
        last = word
    if parts:
        yield parts


def _unquoted(text: str, name: str, place: int) -> str:
    try:
        found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError) as error:
        raise TableError(f"The catalogue {name} has no closed text at line {place}: {text}") from error
    return str(found)


def written(catalogue: Catalogue) -> str:
    """A catalogue as the text of its file, sorted by its sentences."""
    lines = ['msgid ""', 'msgstr ""', *(_quoted(f"{each}\n") for each in catalogue.head.splitlines()), ""]
    for sentence in sorted(catalogue.said, key=lambda each: each.key.casefold()):
        forms = catalogue.said[sentence]
        if sentence.context:
            lines.append(f"msgctxt {_quoted(sentence.context)}")
        lines.append(f"msgid {_quoted(sentence.text)}")
        if sentence.plural:
            lines.append(f"msgid_plural {_quoted(sentence.plural)}")
            lines += [f"msgstr[{place}] {_quoted(form)}" for place, form in enumerate(forms)]
        else:
            lines.append(f"msgstr {_quoted(forms[0])}")
        lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{plain}"'


def compiled(catalogue: Catalogue) -> bytes:
    """A catalogue as gettext reads it (GNU gettext manual, The Format of GNU MO Files)."""
    said = {each.key: "\0".join(forms) for each, forms in catalogue.said.items() if all(forms)}
    rows = sorted((key.encode(), form.encode()) for key, form in {"": catalogue.head, **said}.items())
    start = 28 + 16 * len(rows)
    keys, forms = (b"".join(row[side] + b"\0" for row in rows) for side in (0, 1))
    tables = [_table([row[0] for row in rows], start), _table([row[1] for row in rows], start + len(keys))]
    head = struct.pack("<7I", MAGIC, 0, len(rows), 28, 28 + 8 * len(rows), 0, start)
    return b"".join((head, *tables, keys, forms))


def _table(texts: list[bytes], start: int) -> bytes:
    found = b""
    for text in texts:
        found += struct.pack("<2I", len(text), start)
        start += len(text) + 1
    return found


def read_file(path: Path) -> Catalogue:
    """The catalogue of a file."""
    return read(path.read_text(encoding="utf-8"), name=path.name)
