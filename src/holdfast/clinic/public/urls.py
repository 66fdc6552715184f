"""Addresses of the public pages."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.public import help_pages, how_pages, views

urlpatterns = [
    path("welcome/", views.home, name="public-home"),
    path("how-it-works/", how_pages.how_it_works, name="public-how"),
    path("help/", help_pages.help_now, name="public-help"),
]
