"""Addresses of the planner."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.planner import explorer, views

urlpatterns = [
    path("s/<slug:study>/planner/", views.planner, name="planner"),
    path("s/<slug:study>/planner/results", views.results, name="planner-results"),
    path("s/<slug:study>/planner/save", views.keep, name="planner-save"),
    path("s/<slug:study>/planner/designs/", views.saved, name="planner-designs"),
    path("s/<slug:study>/planner/designs/differences", views.differences, name="planner-differences"),
    path("s/<slug:study>/planner/designs/<uuid:design>/withdraw", views.withdraw, name="planner-withdraw"),
    path("s/<slug:study>/planner/protocol.yaml", views.protocol, name="planner-protocol"),
    path("s/<slug:study>/planner/assumptions.yaml", views.assumptions, name="planner-assumptions"),
    path("s/<slug:study>/explorer/", explorer.explorer, name="explorer"),
]
