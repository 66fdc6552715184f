"""Addresses of accounts."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.accounts import own_account, views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/demo", views.sign_in_demo, name="sign-in-demo"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("account", own_account.account, name="account"),
    path("health", views.health, name="health"),
]
