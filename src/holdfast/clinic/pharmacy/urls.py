"""Addresses of the pharmacy."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.pharmacy import views

urlpatterns = [
    path("s/<slug:study>/supply/", views.stock, name="supply"),
    path("s/<slug:study>/supply/kits/<str:kit>/", views.kit, name="kit"),
    path("s/<slug:study>/supply/kits/<str:kit>/<slug:what>", views.work, name="kit-work"),
    path("s/<slug:study>/supply/for/<slug:participant>", views.set_aside, name="set-aside"),
]
