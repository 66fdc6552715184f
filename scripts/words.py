"""Bring catalogues up to date: ``python scripts/words.py es`` (or a new language's code).

New sentences are added without a translation, sentences that no page says any more are left out.
What is still to be translated is listed; the tests refuse a catalogue that lacks any.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.clinic.settings")

import django

from holdfast.clinic.languages import catalogue, collecting, offered

HEAD = (
    "Project-Id-Version: Holdfast\n"
    "Language: {code}\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)


def refresh(path: Path) -> list[str]:
    """Write a catalogue anew with every sentence of the pages; the sentences still to be translated."""
    old = catalogue.read_file(path) if path.is_file() else catalogue.Catalogue(HEAD.format(code=path.stem))
    spoken = collecting.spoken()
    said = {each: old.said.get(each, ("", "") if each.plural else ("",)) for each in spoken}
    new = catalogue.Catalogue(old.head, said)
    path.write_text(catalogue.written(new), encoding="utf-8")
    return sorted(each.text for each in new.missing(spoken))


if __name__ == "__main__":
    django.setup()
    for code in sys.argv[1:] or [each for each, _ in offered.offered() if each != offered.ENGLISH]:
        missing = refresh(offered.CATALOGUES / f"{code}.po")
        print(f"{code}: {len(missing)} sentences to be translated", *missing, sep="\n  ")
