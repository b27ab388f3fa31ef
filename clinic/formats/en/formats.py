"""How staff type and see times: as everybody in the office says them. The first form is the one that is shown."""

TIME_INPUT_FORMATS = ["%I:%M %p", "%I:%M%p", "%I %p", "%I%p", "%H:%M", "%H:%M:%S"]
