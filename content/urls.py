from django.urls import path, register_converter

from content import views


class PagePath:
    """The addresses of information pages, section by section, so that no other app's is taken."""

    regex = r"nasal-ketamine(?:/[a-z0-9-]+)?|about/[a-z0-9-]+|areas|crisis|office"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PagePath, "page_path")

app_name = "content"
urlpatterns = [
    path("", views.home, name="home"),
    path("<page_path:path>/", views.page, name="page"),
    path("intranasal-ketamine-depression", views.old_address, name="old_address"),
    path("intranasal-ketamine-depression/", views.old_address),
    path("intranasal-ketamine-depression.html", views.old_address),
]
