"""The site as an ASGI application, served by uvicorn."""

from __future__ import annotations

import gc
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.clinic.settings")

from django.core.asgi import get_asgi_application  # after the setting above, which it reads

from holdfast.clinic.public import warming
from holdfast.clinic.streaming import streaming

application = streaming(get_asgi_application())
warming.begin()

# A full collection walks through every standing kept in memory, half a second of one core for half a
# million objects, and all open pages wait. Nearly all garbage dies young, or needs no collection.
gc.set_threshold(20_000, 20, 1_000)
gc.freeze()

# Whoever waits for the database must get the interpreter back soon from whoever paints a page: an entry
# asks some twenty questions of the database, and at the usual 5 ms would wait as often.
sys.setswitchinterval(0.0005)
