"""How gunicorn serves the site in production. It stands behind a proxy that waits for slow clients.

FORWARDED_ALLOW_IPS, which gunicorn reads itself, is left alone: Django reads X-Forwarded-Proto from the proxy, and
nothing but the proxy reaches this port.
"""
# ruff: noqa: INP001  run by gunicorn, imported by nobody

import logging
import os
from pathlib import Path

import structlog

from clinic.logging import SHARED, without_values

bind = os.environ.get("BIND", "0.0.0.0:8000")  # inside its container
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("THREADS", "16"))

timeout = 30  # seconds; a worker that has stopped answering its parent is replaced
graceful_timeout = 30  # what requests under way get when it is told to stop
keepalive = 75  # longer than the proxy keeps an idle connection, so that the proxy is the one to close it
max_requests = 1000  # a slow leak never grows old …
max_requests_jitter = 200  # … and the workers do not renew themselves all at once

# The parent watches each worker through a file; on a slow disk that file would stop the worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True  # it would want a home folder to write to

# The proxy allows the same or less.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

accesslog = None  # the site writes its own line for each request, without the path


def without_path(logger: object, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """gunicorn's own errors about a request quote its path or its sender; a path may hold a patient's token."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and "request" in str(record.msg).lower():
        event["event"] = str(record.msg).split("%s")[0].split(" from ")[0].strip(": ")
    return event


_formatter = {
    "()": structlog.stdlib.ProcessorFormatter,
    "foreign_pre_chain": SHARED,
    "processors": [
        without_path,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        without_values,
        structlog.processors.JSONRenderer(),
    ],
}
logconfig_dict = {
    "formatters": {"json": _formatter},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False}},
}
