"""Addresses of the practice."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.practice import views

PAGE = "s/<slug:study>/sessions/<slug:participant>/<slug:visit>/practice/"

urlpatterns = [
    path("s/<slug:study>/sessions/practise", views.practise, name="practise"),
    path(f"{PAGE}monitor", views.monitor, name="practice-monitor"),
    path(f"{PAGE}move", views.move, name="practice-move"),
    path(f"{PAGE}choose", views.choose, name="practice-choose"),
    path(f"{PAGE}debrief", views.debrief, name="practice-debrief"),
]
