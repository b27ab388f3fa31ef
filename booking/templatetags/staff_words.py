"""Filters over `booking.admin.patient_words`."""

from django import template

from booking.admin import patient_words

register = template.Library()

register.filter("standing_words", patient_words.standing)
register.filter("insurance_words", patient_words.insurance)
register.filter("needs_words", patient_words.needs)
