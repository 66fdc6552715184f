"""Addresses of devices: the page of a study's monitors, and the interface they send to."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.devices import api, views

urlpatterns = [
    *api.urlpatterns(),
    path("s/<slug:study>/devices/", views.devices, name="devices"),
    path("s/<slug:study>/devices/add", views.add, name="device-add"),
    path("s/<slug:study>/devices/<slug:device>/end", views.end, name="device-end"),
    path("s/<slug:study>/devices/<slug:device>/assign", views.assign, name="device-assign"),
]
