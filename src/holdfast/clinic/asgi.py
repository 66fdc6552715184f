"""The site as an ASGI application, served by uvicorn."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.clinic.settings")

from django.core.asgi import get_asgi_application  # after the setting above, which it reads

from holdfast.clinic.streaming import streaming

application = streaming(get_asgi_application())
