"""Addresses of the participants' room."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.participants import first_page, list_pages, study_page

urlpatterns = [
    path("", first_page.home, name="home"),
    path("s/<slug:study>/", list_pages.today, name="today"),
    path("s/<slug:study>/participants/", list_pages.participants, name="participants"),
    path("s/<slug:study>/study/", study_page.study, name="study"),
    path("s/<slug:study>/study/<slug:section>/", study_page.section, name="study-section"),
]
