"""Every address of the site, in three lists: who may open it. A test walks them."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import URLPattern, URLResolver, include, path

from booking import urls as booking
from clinic import views
from content.sitemaps import SITEMAPS

Patterns = list[URLPattern | URLResolver]

public: Patterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("queuez", views.queuez, name="queuez"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("", include((booking.public, "booking"), namespace="booking")),
    # Under /es/ and the like as soon as LANGUAGES names another language.
    *i18n_patterns(path("", include("content.urls")), prefix_default_language=False),
]
# Opened with the link in the patient's own mail.
patient: Patterns = [path("", include((booking.patient, "visit"), namespace="visit"))]
staff: Patterns = [
    path("admin/", include("clinic.staff.urls")),
    path("admin/", include(booking.staff)),
    path("admin/", admin.site.urls),
]

urlpatterns: Patterns = [*patient, *staff, *public]

handler400 = "clinic.views.bad_request"
handler404 = "content.views.not_found"
handler500 = "clinic.views.server_error"
