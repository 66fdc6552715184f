"""Languages: a catalogue a language in ``clinic/locale``, and which of them a page is in."""
