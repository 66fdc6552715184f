"""Addresses of the public pages."""

from __future__ import annotations

from django.urls import path

from holdfast.clinic.public import (
    benefits_pages,
    cost_pages,
    finding_pages,
    fit_pages,
    help_pages,
    how_pages,
    unknown_pages,
    views,
)

urlpatterns = [
    path("welcome/", views.home, name="public-home"),
    path("how-it-works/", how_pages.how_it_works, name="public-how"),
    path("benefits-and-risks/", benefits_pages.benefits_and_risks, name="public-benefits"),
    path("who-it-may-fit/", fit_pages.who_it_may_fit, name="public-fit"),
    path("finding-treatment/", finding_pages.finding_treatment, name="public-finding"),
    path("cost-and-fairness/", cost_pages.cost_and_fairness, name="public-cost"),
    path("what-we-do-not-know/", unknown_pages.what_we_do_not_know, name="public-unknown"),
    path("help/", help_pages.help_now, name="public-help"),
]
