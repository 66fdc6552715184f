"""Addresses of the own pages: none names a study, an illness or a person."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.portal import door_pages, form_pages, pages, staff_pages, telling

urlpatterns = [
    path("my/", pages.home, name="own"),
    path("my/link", door_pages.link, name="own-link"),
    path("my/link/<slug:code>", door_pages.followed, name="own-followed"),
    path("my/ask", door_pages.ask, name="own-ask"),
    path("my/away", door_pages.away, name="own-away"),
    path("my/close", door_pages.close, name="own-close"),
    path("my/agreed", pages.consents, name="own-consents"),
    path("my/answers", pages.answers, name="own-answers"),
    path("my/answers/<uuid:record>", pages.answer, name="own-answer"),
    path("my/looked", pages.looked, name="own-looked"),
    path("my/fill/<slug:visit>/<slug:form>", form_pages.form, name="own-form"),
    path("my/sent/<uuid:record>", form_pages.sent, name="own-sent"),
    path("my/tell", telling.event, name="own-event"),
    path("my/told", telling.told, name="own-told"),
    path("my/stop", telling.stop, name="own-stop"),
    path("s/<slug:study>/participants/<slug:participant>/link", staff_pages.make, name="make-link"),
]
