"""What waits among the texts, for the first page of the desk."""

from django import template
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from content.models import Page

register = template.Library()


@register.simple_tag
def texts_waiting(user: User | AnonymousUser) -> dict[str, int]:
    """Nothing for those who have nothing to do with it."""
    if not user.has_perm("content.view_page"):
        return {}
    return {
        "drafts": Page.objects.with_draft().count() if user.has_perm("content.change_page") else 0,
        "unread": Page.objects.unread(timezone.localdate()).count() if user.has_perm("content.add_review") else 0,
    }
