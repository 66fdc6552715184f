"""How easy a Spanish text is to read: the Flesch-Szigriszt index on the INFLESZ scale.

Szigriszt Pazos 1993; Barrio-Cantalejo et al. 2008 (Anales del Sistema Sanitario de Navarra 31:135):
206.835 - 62.3 syllables a word - words a sentence; from 55 "normal", from 65 "rather easy". Syllables are
groups of vowels, split where two strong vowels meet or an accent stands on a weak one.
"""

from __future__ import annotations

import re
from itertools import pairwise

from clinic.reading import SENTENCE

_WORD = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ]+")
_END = re.compile(r"[.!?:;]+(?=\s|$)|\n+")
_GROUP = re.compile(r"[aeiouáéíóúü]+")
STRONG, WEAK_WITH_ACCENT = "aeoáéó", "íú"


def ease(text: str) -> float:
    """The index of a Spanish text; higher is easier."""
    sentences = [each for each in _END.split(text) if len(_WORD.findall(each)) >= SENTENCE]
    words = _WORD.findall(" ".join(sentences))
    spoken = sum(syllables(word) for word in words)
    return 206.835 - 62.3 * spoken / len(words) - len(words) / len(sentences)


def syllables(word: str) -> int:
    """Groups of vowels, two where a hiatus parts them."""
    if word.isupper() and len(word) > 1:  # letters said one by one, of a name such as MDMA
        return len(word)
    # The u of que, gue and their kin is not said; a y at the end is.
    low = re.sub(r"(?<=[qg])u(?=[eiéí])", "", word.lower())
    low = re.sub(r"y$", "i", low)
    return max(1, sum(1 + _breaks(group) for group in _GROUP.findall(low)))


def _breaks(group: str) -> int:
    return sum(
        (one in STRONG and two in STRONG) or one in WEAK_WITH_ACCENT or two in WEAK_WITH_ACCENT
        for one, two in pairwise(group)
    )
