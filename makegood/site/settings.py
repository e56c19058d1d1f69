"""All settings, from the environment: `MAKEGOOD_HOME`, `DATABASE_URL`, `PORT`, `HOST` and what docs/settings.md lists.

Nothing needs to be set: without any variable it runs on SQLite in `.data/` beside the code.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url

from makegood.kit.crypto import load_or_create_key
from makegood.site.mail import mail_settings
from makegood.site.place import Place, replay_bytes

BASE_DIR = Path(__file__).resolve().parent.parent.parent
_place = Place.from_env()
HOME = _place.home
HOME.mkdir(parents=True, exist_ok=True)

HOST, PORT, PUBLIC_URL = _place.host, _place.port, _place.url
_public = urlsplit(PUBLIC_URL)
SECURE = _public.scheme == "https"

DEBUG = os.environ.get("MAKEGOOD_DEBUG") == "1"
MASTER_KEY = load_or_create_key(HOME / "secret.key")
SECRET_KEY = MASTER_KEY.decode("ascii")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", _public.hostname or "localhost", HOST]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "makegood_session"
CSRF_COOKIE_NAME = "makegood_csrf"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "makegood.accounts",
    "makegood.journal",
    "makegood.jobs",
    "makegood.listen",
    "makegood.triage",
    "makegood.clocks",
    "makegood.desk",
    "makegood.routing",
    "makegood.identify",
    "makegood.reply",
    "makegood.alerts",
    "makegood.resolve",
    "makegood.winback",
    "makegood.amplify",
    "makegood.rewards",
    "makegood.web",
]

MIDDLEWARE = [
    "makegood.web.timing.TimingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "makegood.web.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "makegood.web.middleware.WorkspaceMiddleware",
]

ROOT_URLCONF = "makegood.site.urls"
ASGI_APPLICATION = "makegood.site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "makegood" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "makegood.web.context.shell",
            ],
        },
    },
]

# No connection outlives its request: each request has a thread of its own, and what that thread kept open would stay
# open, with its memory, until the garbage collector comes by.
DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{HOME / 'makegood.db'}", conn_max_age=0)}
ON_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if ON_SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
QUEUE_URL = os.environ.get("QUEUE_URL", "" if ON_SQLITE else os.environ.get("DATABASE_URL", ""))
QUEUE_FILE = HOME / "queue.db"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "makegood.accounts.adapter.AccountAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Makegood"
MFA_ADAPTER = "makegood.accounts.adapter.SecondStepAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {"login_webauthn": "makegood.accounts.passkeys.LoginForm"}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE

globals().update(mail_settings(os.environ.get("EMAIL_URL", ""), _public.hostname or "localhost"))

METRICS_TOKEN = os.environ.get("MAKEGOOD_METRICS_TOKEN", "")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = HOME / "files"

REPLAY_FOLDER = Path(os.environ.get("MAKEGOOD_REPLAY") or HOME / "replay").expanduser().resolve()
REPLAY_BYTES = replay_bytes(os.environ.get("MAKEGOOD_REPLAY_GB", ""))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "https:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("MAKEGOOD_LOG", "WARNING")},
}
