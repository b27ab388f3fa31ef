"""Every setting of the site, read from the environment. README.md lists the variables.

`CLINIC_ENV=local` (what `make run` and `make test` set) allows an unencrypted local address; anything else is
production, where nothing secret has a default and a missing or bad value stops the start and names itself.
"""

from datetime import timedelta
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from environs import FileAwareEnv, validate

django_stubs_ext.monkeypatch()  # ModelAdmin[Page] and the like, at run time too

BASE_DIR = Path(__file__).resolve().parent.parent

# NAME_FILE=/run/secrets/name works for every variable; a line break at the end of such a file is left out.
env = FileAwareEnv(strip_whitespace=True)

CLINIC_ENV = env.str("CLINIC_ENV", "production", validate=validate.OneOf(["local", "production"]))
LOCAL = CLINIC_ENV == "local"


# --- Secrets and addresses ------------------------------------------------------------------------------------
def older_keys(name: str, length: int) -> list[str]:
    """Keys that still count, comma-separated. An empty one would be a key that everybody knows."""
    given: list[str] = env.list(name, [])
    keys = [key.strip() for key in given if key.strip()]
    if any(len(key) < length for key in keys):
        raise ValueError(f"{name}: each key needs at least {length} characters")
    return keys


SECRET_KEY = env.str("SECRET_KEY", validate=validate.Length(min=50))
SECRET_KEY_FALLBACKS = older_keys("SECRET_KEY_FALLBACKS", 50)
LINK_KEY = env.str("LINK_KEY", validate=validate.Length(min=32))  # signs the patients' links
LINK_KEY_FALLBACKS = older_keys("LINK_KEY_FALLBACKS", 32)  # their links still open
FACTOR_KEY = env.str("FACTOR_KEY", validate=validate.Length(min=32))  # encrypts the secrets of staff's second factors
FACTOR_KEY_FALLBACKS = older_keys("FACTOR_KEY_FALLBACKS", 32)  # what they have encrypted can still be read

SITE_URL = env.str("SITE_URL", validate=validate.Regexp(r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$")).rstrip("/")
_more_hosts: list[str] = env.list("ALLOWED_HOSTS", [])
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "", *(host.strip() for host in _more_hosts)]
if "*" in ALLOWED_HOSTS:
    raise ValueError("ALLOWED_HOSTS must name the hosts: * would let a stranger choose the address in our answers")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# How many proxies stand in front. The visitor's address is taken that many hops from the right of
# X-Forwarded-For, never from the left, which the visitor writes.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0 if LOCAL else 1, validate=validate.Range(min=0, max=5))

DEBUG = False  # error pages are the real ones, locally too

# --- Application ----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "clinic.apps.ClinicConfig",
    "clinic.apps.ClinicAdminConfig",
    "content.apps.ContentConfig",
    "booking.apps.BookingConfig",
    "clinic.records.apps.RecordsConfig",
    "pgtrigger",
    "pghistory",
    "crispy_forms",
    "crispy_bootstrap5",
    "phonenumber_field",
    "django.contrib.auth",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "clinic.staff.apps.StaffConfig",  # after those whose pages in the admin it takes away or changes
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "clinic.middleware.RequestLog",
    "clinic.middleware.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "clinic.middleware.OnlyUtf8",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.records.because.Because",
    "clinic.records.reading.ReadLog",
    "django.contrib.messages.middleware.MessageMiddleware",
    "clinic.staff.signoff.SignOff",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.practice.context",
            ],
        },
    },
]

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database -------------------------------------------------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60, conn_health_checks=True)}
if DATABASES["default"].get("ENGINE") != "django.db.backends.postgresql":
    raise ValueError("DATABASE_URL must name a PostgreSQL server, like postgres://user:password@host:5432/name")
# Milliseconds; 0 for a migration that builds a large index.
_statement_timeout = env.int("DATABASE_STATEMENT_TIMEOUT", 10_000, validate=validate.Range(min=0))
DATABASES["default"].setdefault("OPTIONS", {}).update(
    connect_timeout=5,
    # A server that has gone without a word is noticed within half a minute.
    keepalives_idle=10,
    keepalives_interval=5,
    keepalives_count=3,
    tcp_user_timeout=15000,
    options=f"-c statement_timeout={_statement_timeout} -c lock_timeout=3000"
    " -c idle_in_transaction_session_timeout=30000",
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Tasks ----------------------------------------------------------------------------------------------------
# Carries nudges only; losing it delays mail and nothing else.
REDIS_URL = env.str("REDIS_URL", validate=validate.Regexp(r"^(rediss?|redis\+socket)://\S+$"))

# --- Mail -----------------------------------------------------------------------------------------------------
try:
    _mail = env.dj_email_url("EMAIL_URL")
    _mail["EMAIL_BACKEND"]
except (KeyError, ValueError):
    # Without the cause: it would quote the password.
    raise ValueError("EMAIL_URL can't be read; it is like submission://user:password@host:587") from None
EMAIL_BACKEND = _mail["EMAIL_BACKEND"].replace("django.core.mail.backends.smtp.", "clinic.mail.")
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _mail["EMAIL_USE_SSL"]
if not LOCAL and not (EMAIL_USE_TLS or EMAIL_USE_SSL):
    raise ValueError("EMAIL_URL must ask for encryption in production: submission://user:password@host:587")
EMAIL_TIMEOUT = 10  # per read; the task's own time limit bounds a server that drips
# The sender says whose office it is and nothing about what kind of office.
OFFICE_NAME = env.str("OFFICE_NAME", "Dr. Bacchus’s office", validate=validate.Regexp(r"^[^\x00-\x1f\x7f]+$"))
MAIL_FROM = env.str("MAIL_FROM", validate=validate.Email())
DEFAULT_FROM_EMAIL = formataddr((OFFICE_NAME, MAIL_FROM), charset="utf-8")
OFFICE_EMAIL = env.str("OFFICE_EMAIL", validate=validate.Email())  # where staff are told of new requests

# --- Staff sign-in --------------------------------------------------------------------------------------------
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "clinic.staff.adapters.Account"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff are made by superusers; no mail is part of signing in
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # seconds for which a sign-in counts as recent
ACCOUNT_RATE_LIMITS = {
    "login": None,  # counted in clinic/staff/adapters.py, before the password is looked at
    "login_failed": "5/5m/key,30/d/key",  # codes of one user, who has given the right password; the right one clears it
    "reauthenticate": "10/m/user",
}
MFA_ADAPTER = "clinic.staff.adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a code before and after, for clocks that differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL  # http://localhost has no certificate
SESSION_ENGINE = "clinic.sessions"
STAFF_IDLE = timedelta(minutes=15)  # signed off after so long without a request
STAFF_DAY = timedelta(hours=8)  # and so long after the sign-in, come what may
SESSION_COOKIE_AGE = int(STAFF_DAY.total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# What allauth counts and which codes were used, across processes. Nothing is lost but a count if it is emptied.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "staff_cache",
        "KEY_FUNCTION": "clinic.staff.cache.key",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # far more than the limits let anybody make
    }
}
# What staff are told after a press may hold a patient's name, which has no place in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Language and time ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = "America/Los_Angeles"  # the clinic's zone; the database keeps UTC
USE_TZ = True
FORMAT_MODULE_PATH = ["clinic.formats"]

# --- Static files ---------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "var" / "static")
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # the site takes no uploads
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Security -------------------------------------------------------------------------------------------------
HTTPS = SITE_URL.startswith("https://")
if not LOCAL and not HTTPS:
    raise ValueError("SITE_URL must begin with https:// in production")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^queuez$"]  # asked by machines inside, over http
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0  # two years
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# `no-referrer` would make browsers send `Origin: null` with a form, which Django refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_AGE = None  # ends with the browser
CSRF_FAILURE_VIEW = "clinic.views.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    },
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
    )
}  # fmt: skip

DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # bytes; our largest form is under 4 KiB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000  # a clinician's page has six for each day with hours of its own

# --- Records --------------------------------------------------------------------------------------------------
PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"  # of changes in one transaction, too, it is known which came first

# --- Logs -----------------------------------------------------------------------------------------------------
LOGGING_CONFIG = "clinic.logging.configure"
LOGGING = {"version": 1}  # the whole of it stands in clinic/logging.py; an empty one would not be applied

# --- Booking --------------------------------------------------------------------------------------------------
PHONENUMBER_DEFAULT_REGION = "US"
PHONENUMBER_DB_FORMAT = "E164"
# Requests stored in a day from one network on the Internet, before we ask to be called instead.
BOOKING_LIMIT_PER_NETWORK = env.int("BOOKING_LIMIT_PER_NETWORK", 20, validate=validate.Range(min=1))
# Messages in a day to an address that nobody has proved to be theirs; the rest are stored and not sent.
UNSEEN_MAIL_PER_ADDRESS = env.int("UNSEEN_MAIL_PER_ADDRESS", 6, validate=validate.Range(min=1))
# How long a message waits for a change of mind. “Received” and a fresh link go at once.
MESSAGE_GRACE = timedelta(seconds=env.int("MESSAGE_GRACE_SECONDS", 180, validate=validate.Range(min=0, max=3600)))
# How long an earlier time is held for the patient to whom it is offered; nights do not count.
EARLIER_OFFER = timedelta(hours=env.int("EARLIER_OFFER_HOURS", 4, validate=validate.Range(min=1, max=48)))

env.seal()
