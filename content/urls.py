from django.urls import path, register_converter

from content import views


class PagePath:
    """Any address that staff may give a page. What begins like another part of the site is left to it.

    One or two letters are kept for languages, as in /es/office/.
    """

    regex = (
        r"(?!(?:admin|book|search|share|site-map|sources|static|visit|[a-z]{1,2})(?:/|\Z))"
        r"[a-z0-9-]+(?:/[a-z0-9-]+)*"
    )

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Digest:
    regex = r"[0-9a-f]{20}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PagePath, "page_path")
register_converter(Digest, "digest")

app_name = "content"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("site-map/", views.site_map, name="site_map"),
    path("sources/", views.sources, name="sources"),
    path("share/<digest:digest>.png", views.picture, name="picture"),
    path("<page_path:path>/", views.page, name="page"),
]
