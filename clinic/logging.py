"""Logs: one JSON object a line on standard error, with ids and never with names, addresses or what was typed."""

import logging
import logging.config
import sys
from typing import Any

import structlog

SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def shorten_message(logger: Any, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Django's own messages end in the path, which may hold a patient's token; what others say of a fault quotes it."""
    record: logging.LogRecord | None = event.get("_record")
    values = event.pop("positional_args", ())
    if record is not None and record.name.startswith("django"):
        # The route stands in our own line. Of “%s: %s”, reason and path, the reason is kept.
        message = str(record.msg)
        if message.startswith("%s") and values:
            message = str(values[0])
        event["event"] = message.split("%")[0].strip(" :(")
    elif record is not None and not event.get("_from_structlog"):
        task = getattr(record, "data", {})  # what Celery says of one: its name, and how it has failed
        if "exc" in task:
            event["event"], event["task"], event["task_id"] = task["description"], task["name"], task["id"]
        elif event.get("exc_info"):
            event["event"] = str(record.msg).split("%")[0].strip(" :([") if values else "exception"
    return event


def without_values(logger: Any, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Turns an exception into its type and the places it passed, without its text, which may quote data."""
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    if isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    if isinstance(exc_info, tuple) and exc_info[0] is not None:
        event["error"] = exc_info[0].__name__
        frames = []
        traceback = exc_info[2]
        while traceback is not None:
            code = traceback.tb_frame.f_code
            frames.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
            traceback = traceback.tb_next
        event["where"] = _telling(frames)
        diagnosis = getattr(exc_info[1].__cause__, "diag", None)  # Postgres names what was broken; that is no value
        if constraint := getattr(diagnosis, "constraint_name", None):
            event["constraint"] = constraint
    return event


def _telling(frames: list[str]) -> list[str]:
    """Our own places, and where it ended: between them a library can pass more places than one wants to read."""
    ours = [frame for frame in frames if "-packages/" not in frame and "/lib/python" not in frame]
    return ours[-12:] + [frame for frame in frames[-6:] if frame not in ours]


def configure(config: dict[str, object]) -> None:
    """Called by Django in place of `logging.config.dictConfig`."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": SHARED,
                    "pass_foreign_args": True,
                    "processors": [
                        shorten_message,
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        without_values,
                        structlog.processors.JSONRenderer(),
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "django": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
                "django.security.DisallowedHost": {"level": "CRITICAL"},
            },
        }
    )
