"""Addresses of oversight."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.oversight import (
    approval_pages,
    equity_views,
    export_views,
    funding_pages,
    programme_views,
    views,
)

urlpatterns = [
    path("s/<slug:study>/report/", views.report, name="report"),
    path("s/<slug:study>/report/download", views.download, name="report-download"),
    path("s/<slug:study>/fair-access/", equity_views.fair_access, name="fair-access"),
    path("s/<slug:study>/exports/", export_views.exports, name="exports"),
    path("s/<slug:study>/exports/new", export_views.made, name="export"),
    path(
        "s/<slug:study>/participants/<slug:participant>/funding/<slug:payer>",
        funding_pages.page,
        name="funding",
    ),
    path(
        "s/<slug:study>/participants/<slug:participant>/funding/<slug:payer>.json",
        funding_pages.as_json,
        name="funding-json",
    ),
    path("s/<slug:study>/limits/", views.signatures, name="limits"),
    path("s/<slug:study>/programme/", programme_views.programme, name="programme"),
    path("s/<slug:study>/programme/report.csv", programme_views.report_file, name="programme-report"),
    path("s/<slug:study>/programme/report/sent", approval_pages.sent, name="programme-report-sent"),
    path("s/<slug:study>/programme/outcomes", programme_views.compared, name="programme-outcomes"),
    path("s/<slug:study>/programme/approval", approval_pages.record, name="programme-authority"),
    path("s/<slug:study>/programme/approval/end", approval_pages.end, name="programme-authority-end"),
]
