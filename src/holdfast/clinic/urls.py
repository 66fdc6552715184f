"""Every address of the site; each view declares its act (see accounts/guard.py)."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

of_the_clinic = [
    path("", include("holdfast.clinic.accounts.urls")),
    path("", include("holdfast.clinic.participants.urls")),
    path("", include("holdfast.clinic.portal.urls")),
    path("", include("holdfast.clinic.practice.urls")),
    path("", include("holdfast.clinic.dosing.urls")),
    path("", include("holdfast.clinic.devices.urls")),
    path("", include("holdfast.clinic.oversight.urls")),
    path("", include("holdfast.clinic.planner.urls")),
    path("", include("holdfast.clinic.pharmacy.urls")),
]
public = path("", include("holdfast.clinic.public.urls"))

urlpatterns = [*of_the_clinic, *i18n_patterns(public, prefix_default_language=False)]

handler400 = "holdfast.clinic.answering.bad_request"
handler403 = "holdfast.clinic.answering.forbidden"
handler404 = "holdfast.clinic.answering.not_found"
handler500 = "holdfast.clinic.answering.server_error"
