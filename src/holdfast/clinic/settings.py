"""Settings of the Django site. Everything a person may set is an environment variable; see docs/clinic.md."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF

from holdfast.clinic import place
from holdfast.clinic.embedded.layout import socket_folder
from holdfast.clinic.embedded.server import DATABASE, OWNER, SITE
from holdfast.clinic.languages.offered import offered, ready

HERE = Path(__file__).parent
DATA = place.data_folder()

DEBUG = False
DEMO = os.environ.get("HOLDFAST_DEMO") == "1"
# Without a file (type checking, tests) the key lives as long as the process.
SECRET_KEY = place.secret("session") or secrets.token_urlsafe(32)

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
NAMED_HOSTS = [host for host in os.environ.get("HOLDFAST_HOSTS", "").split(",") if host]
ALLOWED_HOSTS = [*LOOPBACK_HOSTS, *NAMED_HOSTS]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in NAMED_HOSTS]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "holdfast.clinic.keys",
    "holdfast.clinic.ledger",
    "holdfast.clinic.clocks",
    "holdfast.clinic.accounts",
    "holdfast.clinic.devices",
    "holdfast.clinic.jobs",
    "holdfast.clinic.pharmacy",
    "holdfast.clinic.planner",
    "holdfast.clinic.practice",
    "holdfast.clinic.public",
    "holdfast.clinic.reaching",
]

MIDDLEWARE = [
    "holdfast.clinic.edge.Moment",
    "django.middleware.security.SecurityMiddleware",
    # Pages weigh a fifth. Their only secret is the form token, which is masked anew each time.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "holdfast.clinic.languages.choosing.Chosen",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "holdfast.clinic.accounts.guard.Guard",
    "holdfast.clinic.answering.Answering",
    "holdfast.clinic.practice.network.Away",
    "axes.middleware.AxesMiddleware",
    # Sync only and last, on purpose: it halves the cost of a request under ASGI (measured).
    "holdfast.clinic.edge.SyncOnly",
]

ROOT_URLCONF = "holdfast.clinic.urls"
ASGI_APPLICATION = "holdfast.clinic.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "holdfast.clinic.answering.surroundings",
                "holdfast.clinic.frame.frame",
                "holdfast.clinic.practice.around.practice",
            ],
        },
    }
]


# Giving up soon on a lost server lets the next request try anew; the pool's own patience
# doubles its pauses, and the site would stay away long after the database is back.
POOL = {"min_size": 1, "max_size": 40, "timeout": 5, "reconnect_timeout": 1}
# Whoever waits on a writer that hangs gets a 503 and keeps what was typed, instead of waiting on.
PATIENCE = {"lock_timeout": "30s", "idle_in_transaction_session_timeout": "60s"}
if os.environ.get("HOLDFAST_AS") != "owner":  # taking in whole studies may last longer
    PATIENCE["statement_timeout"] = "60s"
OPTIONS = {
    "connect_timeout": 5,
    "options": " ".join(f"-c {name}={value}" for name, value in PATIENCE.items()),
}


def _database(user: str, password: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "HOST": str(socket_folder(DATA)),
        "USER": user,
        "PASSWORD": password,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": dict(POOL), **OPTIONS},
    }


def _database_at(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        **_database(unquote(parts.username or ""), unquote(parts.password or "")),
        "NAME": unquote(parts.path.lstrip("/")),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {
            "pool": dict(POOL),
            **OPTIONS,
            **options,
        },
    }


DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASE_OWNER_URL = os.environ.get("HOLDFAST_DATABASE_OWNER_URL", "")
DATABASES = {
    "default": _database_at(DATABASE_URL) if DATABASE_URL else _database(SITE, place.secret("database-site"))
}
# Only commands that migrate or rebuild connect as the owner; the web process never can.
if os.environ.get("HOLDFAST_AS") == "owner":
    DATABASES["owner"] = (
        _database_at(DATABASE_OWNER_URL)
        if DATABASE_OWNER_URL
        else _database(OWNER, place.secret("database-owner"))
    )
    DATABASES["owner"]["OPTIONS"] = {"connect_timeout": 5}

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]
# By address too, one person's slips would lock out a whole clinic behind one router.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "holdfast.clinic.accounts.views.locked_out"

ENCRYPTED = bool(NAMED_HOSTS)  # named hosts are reached over TLS; a loopback address is not
SESSION_COOKIE_AGE = 12 * 60 * 60  # a dosing day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENCRYPTED
CSRF_COOKIE_SECURE = ENCRYPTED
CSRF_COOKIE_HTTPONLY = False  # offline entry reads it to send what it has kept
CSRF_FAILURE_VIEW = "holdfast.clinic.answering.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if ENCRYPTED else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENCRYPTED else None

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # Pico draws its form marks as data images
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# A plan is refined up to so many simulated trials.
PLANNER_TRIALS = int(os.environ.get("HOLDFAST_PLANNER_TRIALS") or 10_000)

# Messages: the mail server (none: nothing is sent), the sender, and where links in messages lead.
MAIL = os.environ.get("HOLDFAST_MAIL", "")
MAIL_FROM = os.environ.get("HOLDFAST_MAIL_FROM", "")
ADDRESS = os.environ.get("HOLDFAST_ADDRESS", "")

LANGUAGE_CODE = "en"
LANGUAGES = offered()
LOCALE_PATHS = [ready(DATA)]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [HERE / "static"]
# `holdfast clinic run` gathers and compresses; without that the files are served as they lie.
GATHERED = (STATIC_ROOT / "staticfiles.json").is_file()
GATHERING = "holdfast.clinic.statics.Gathered"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": GATHERING if GATHERED else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not GATHERED
WHITENOISE_AUTOREFRESH = not GATHERED

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
