"""Addresses of the dosing day."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.dosing import (
    away,
    forecast_pages,
    lent,
    note_pages,
    readiness_pages,
    sheet_pages,
    signing,
    views,
)

PAGE = "s/<slug:study>/sessions/<slug:participant>/<slug:visit>/"

urlpatterns = [
    path("s/<slug:study>/sessions/", views.sessions, name="sessions"),
    path("s/<slug:study>/sessions/sheets", sheet_pages.blank, name="sheets-blank"),
    path("s/<slug:study>/sessions/readiness", readiness_pages.board, name="readiness"),
    path(f"{PAGE}ahead", readiness_pages.note, name="note-readiness"),
    path(f"{PAGE}move", readiness_pages.move, name="move-session"),
    path(PAGE, views.session, name="session"),
    path(f"{PAGE}sheets", sheet_pages.of_session, name="sheets"),
    path(f"{PAGE}now", views.now, name="session-now"),
    path(f"{PAGE}hello", away.hello, name="session-hello"),
    path(f"{PAGE}worker.js", away.worker, name="session-worker"),
    path(f"{PAGE}live", views.live, name="session-live"),
    path(f"{PAGE}forecast", forecast_pages.forecast, name="session-forecast"),
    path(f"{PAGE}note", note_pages.note, name="session-note"),
    path(f"{PAGE}sign", note_pages.sign, name="session-sign"),
    path(f"{PAGE}overnight-sheet", note_pages.sheet, name="session-overnight-sheet"),
    path(f"{PAGE}emergency", note_pages.emergency, name="session-emergency"),
    path(f"{PAGE}setting", note_pages.setting, name="session-setting"),
    path(f"{PAGE}setting-noted", note_pages.note_setting, name="session-setting-noted"),
    path(f"{PAGE}lend", lent.lend, name="lend"),
    path(f"{PAGE}override-here", signing.override_here, name="session-override-here"),
    path("lent", lent.lent, name="lent"),
    *[path(f"{PAGE}{form}", view, name=f"session-{form}") for form, view in views.FORMS.items()],
]
