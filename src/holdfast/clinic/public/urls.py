"""Addresses of the public pages."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.public import help_pages, views

urlpatterns = [
    path("welcome/", views.home, name="public-home"),
    path("help/", help_pages.help_now, name="public-help"),
]
