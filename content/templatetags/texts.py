"""What waits among the texts, for the first page of the desk."""

from django import template
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from content.admin.due import SOON
from content.models import Page

register = template.Library()


@register.simple_tag
def texts_waiting(user: User | AnonymousUser) -> dict[str, int]:
    """Nothing for those who have nothing to do with it."""
    if not user.has_perm("content.view_page"):
        return {}
    today = timezone.localdate()
    return {
        # Of those that a review stands for still: what is overdue counts as to be read.
        "soon": Page.objects.published().filter(next_review_on__range=(today, today + SOON)).count(),
        "drafts": Page.objects.with_draft().count() if user.has_perm("content.change_page") else 0,
        "unread": Page.objects.unread(today).count() if user.has_perm("content.add_review") else 0,
    }
