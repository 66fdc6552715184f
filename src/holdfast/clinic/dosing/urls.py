"""Addresses of the dosing day."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.dosing import views

PAGE = "s/<slug:study>/sessions/<slug:participant>/<slug:visit>/"

urlpatterns = [
    path("s/<slug:study>/sessions/", views.sessions, name="sessions"),
    path(PAGE, views.session, name="session"),
    path(f"{PAGE}now", views.now, name="session-now"),
    path(f"{PAGE}live", views.live, name="session-live"),
    *[path(f"{PAGE}{form}", view, name=f"session-{form}") for form, view in views.FORMS.items()],
]
