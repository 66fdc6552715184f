"""Addresses of oversight."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.oversight import views

urlpatterns = [
    path("s/<slug:study>/report/", views.report, name="report"),
    path("s/<slug:study>/report/download", views.download, name="report-download"),
    path("s/<slug:study>/limits/", views.signatures, name="limits"),
]
