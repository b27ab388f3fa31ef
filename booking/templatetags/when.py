"""Filters over `booking.when`, so that templates and messages say times in the same words."""

from django import template

from booking import when

register = template.Library()

register.filter("day", when.day)
register.filter("day_with_year", when.day_with_year)
register.filter("clock", when.clock)
register.filter("clock_and_zone", when.clock_and_zone)
register.filter("from_to", when.from_to)
register.filter("when", when.whole)
register.filter("lasts_until", when.length)
register.filter("lasting", when.lasting)
register.filter("when_short", when.short)
register.filter("plain", when.plain)
register.simple_tag(when.zone, name="zone")
