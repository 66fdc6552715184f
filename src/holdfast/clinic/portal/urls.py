"""Addresses of the own pages: none names a study, an illness or a person."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.portal import (
    copy_pages,
    door_pages,
    form_pages,
    pages,
    passkey_pages,
    reached_pages,
    staff_pages,
    telling,
)

urlpatterns = [
    path("my/", pages.home, name="own"),
    path("my/link", door_pages.link, name="own-link"),
    path("my/link/<slug:code>", door_pages.followed, name="own-followed"),
    path("my/passkey", door_pages.passkey, name="own-passkey"),
    path("my/passkey/options", door_pages.passkey_options, name="own-passkey-options"),
    path("my/device", passkey_pages.device, name="own-device"),
    path("my/device/options", passkey_pages.device_options, name="own-device-options"),
    path("my/passkeys", passkey_pages.listed, name="own-passkeys"),
    path("my/passkeys/<uuid:passkey>/end", passkey_pages.end, name="own-passkey-end"),
    path("my/ask", door_pages.ask, name="own-ask"),
    path("my/away", door_pages.away, name="own-away"),
    path("my/close", door_pages.close, name="own-close"),
    path("my/agreed", pages.consents, name="own-consents"),
    path("my/answers", pages.answers, name="own-answers"),
    path("my/answers/<uuid:record>", pages.answer, name="own-answer"),
    path("my/copy", copy_pages.as_page, name="own-copy"),
    path("my/copy.json", copy_pages.as_fhir, name="own-copy-fhir"),
    path("my/reached", reached_pages.reached, name="own-reached"),
    path("my/looked", pages.looked, name="own-looked"),
    path("my/fill/<slug:visit>/<slug:form>", form_pages.form, name="own-form"),
    path("my/sent/<uuid:record>", form_pages.sent, name="own-sent"),
    path("my/tell", telling.event, name="own-event"),
    path("my/told", telling.told, name="own-told"),
    path("my/stop", telling.stop, name="own-stop"),
    path("s/<slug:study>/participants/<slug:participant>/link", staff_pages.make, name="make-link"),
    path("s/<slug:study>/participants/<slug:participant>/link/end", staff_pages.end_all, name="end-ways"),
]
