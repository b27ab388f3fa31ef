"""The information pages and what they draw on: sources, safety statements and legal notices."""

from content.models.loaded import LoadedText
from content.models.material import Material, Notice, SafetyStatement, Source
from content.models.page import Page, PageQuerySet
from content.models.redirect import Redirect
from content.models.review import Review
from content.models.revision import Revision

__all__ = [
    "LoadedText", "Material", "Notice", "Page", "PageQuerySet", "Redirect", "Review", "Revision", "SafetyStatement",
    "Source",
]  # fmt: skip
