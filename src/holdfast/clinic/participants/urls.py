"""Addresses of the participants' room."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.participants import (
    deed_pages,
    first_page,
    follow_up_pages,
    form_pages,
    list_pages,
    participant_page,
    query_pages,
    rater_pages,
    reached_pages,
    study_page,
)

PERSON = "s/<slug:study>/participants/<slug:participant>"

urlpatterns = [
    path("", first_page.home, name="home"),
    path("s/<slug:study>/", list_pages.today, name="today"),
    path("s/<slug:study>/newcomer", deed_pages.newcomer, name="newcomer"),
    path("s/<slug:study>/follow-up/", follow_up_pages.follow_up, name="follow-up"),
    path("s/<slug:study>/participants/", list_pages.participants, name="participants"),
    path(f"{PERSON}/", participant_page.participant, name="participant"),
    path(f"{PERSON}/reached", reached_pages.reached, name="reached"),
    path(f"{PERSON}/changes", participant_page.changes, name="changes"),
    path(f"{PERSON}/visits/<slug:visit>/", participant_page.visit, name="visit"),
    path(f"{PERSON}/visits/<slug:visit>/<slug:form>/<slug:by>", form_pages.form, name="form"),
    path(f"{PERSON}/records/<uuid:record>/correct", form_pages.correct, name="correct"),
    path(f"{PERSON}/queries/<uuid:query>", query_pages.query, name="query"),
    path(f"{PERSON}/do/<slug:deed>", deed_pages.deed, name="deed"),
    path("s/<slug:study>/tasks/", rater_pages.tasks, name="tasks"),
    path("s/<slug:study>/tasks/<slug:task>/<slug:form>", rater_pages.task, name="task"),
    path(
        "s/<slug:study>/tasks/<slug:task>/<slug:form>/correct", rater_pages.task_correct, name="task-correct"
    ),
    path("s/<slug:study>/study/", study_page.study, name="study"),
    path("s/<slug:study>/study/<slug:section>/", study_page.section, name="study-section"),
]
