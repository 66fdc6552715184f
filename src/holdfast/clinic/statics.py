"""How static files are gathered: compressed, named by content, and scripts that import each other too."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Gathered(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names by content also where one script imports another; else a browser would mix versions."""

    support_js_module_import_aggregation = True
