"""What all tests share: with HOLDFAST_NO_DJANGO set, Django cannot be imported (law 2)."""

from __future__ import annotations

import os
import sys
from importlib.abc import MetaPathFinder


class _NoDjango(MetaPathFinder):
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname.split(".")[0] in {"django", "psycopg"}:
            raise ModuleNotFoundError(f"{fullname} is kept out of the core tests", name=fullname)


if os.environ.get("HOLDFAST_NO_DJANGO"):
    sys.meta_path.insert(0, _NoDjango())
