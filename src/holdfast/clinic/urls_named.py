"""The site's addresses for a request whose address names its language: its links keep it."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns

from holdfast.clinic.urls import handler400, handler403, handler404, handler500, of_the_clinic, public

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*of_the_clinic, *i18n_patterns(public, prefix_default_language=True)]
