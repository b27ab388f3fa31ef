"""Where staff write, check and publish the texts."""

from content.admin.material import NoticeAdmin, SafetyStatementAdmin, SourceAdmin
from content.admin.page import PageAdmin
from content.admin.redirect import RedirectAdmin
from content.admin.review import ReviewAdmin

__all__ = ["NoticeAdmin", "PageAdmin", "RedirectAdmin", "ReviewAdmin", "SafetyStatementAdmin", "SourceAdmin"]
