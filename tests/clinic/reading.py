"""How hard a text is to read: Flesch and Kincaid's grade, from sentences, words and vowel groups.

Kincaid et al. 1975: 0.39 words a sentence + 11.8 syllables a word - 15.59, in grades of a school in the
United States; a reader of grade 7 is about 12. Syllables are counted as groups of vowels, which is near
enough over a page. Labels and rows of fewer than four words are no sentences and are left out: they would
make a page look easier than it is.
"""

from __future__ import annotations

import re

_VOWELS = re.compile(r"[aeiouy]+")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
SENTENCE = 4
"""The least words of a sentence."""
_END = re.compile(r"[.!?]+(?=\s|$)|\n+")


def grade(text: str) -> float:
    """The school grade of an English text."""
    sentences = [each for each in _END.split(text) if len(_WORD.findall(each)) >= SENTENCE]
    words = _WORD.findall(" ".join(sentences))
    spoken = sum(syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * spoken / len(words) - 15.59


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e or ed at the end."""
    low = word.lower()
    if word.isupper() and len(word) > 1:  # letters said one by one
        return len(word)
    count = len(_VOWELS.findall(low))
    if low.endswith("e") and not low.endswith(("le", "ee")):
        count -= 1
    if low.endswith("ed") and not low.endswith(("ted", "ded", "eed")):
        count -= 1
    return max(1, count)
