"""One file of settings, read from the environment through wms.env."""

from __future__ import annotations

from pathlib import Path

from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from wms.console.unfold import UNFOLD as UNFOLD
from wms.embedded import EMBEDDED
from wms.env import Environment
from wms.logs import LEVELS, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment.of_process()

SECRET_KEY = env.text("SECRET_KEY") or EMBEDDED.secret_key()
# What carriers' credentials and second factors are sealed with: the first seals, all unseal. Without any, the checkout's own key does.
CREDENTIAL_KEYS = env.fernet_keys("FENCANG_CREDENTIAL_KEYS")
# Hosts besides the providers' own that live quotes may ask: a Karrio server, the sandbox (HOST or HOST:PORT).
LIVE_QUOTE_HOSTS = env.names("LIVE_QUOTE_HOSTS")
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", default=("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

LOGGING = logging_config(level=env.choice("LOG_LEVEL", default="INFO", of=LEVELS), as_json=env.flag("LOG_JSON", default=False))

INSTALLED_APPS = [
    "unfold",
    "wms.console",
    # Its pages are found by wms.urls: a worker, which answers none, does without the 5 MB that they take in each process.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "wms.tenancy",
    "wms.places",
    "inventory",
    "carriers",
    "orders",
    "allocation",
    "billing",
    "wms.exports",
    "wms.portal",
    "wms.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wms.tenancy.signing_in.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wms.tenancy.middleware.TenantScopeMiddleware",
]

ROOT_URLCONF = "wms.urls"
WSGI_APPLICATION = "wms.wsgi.application"

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
            ],
        },
    },
]

# The runtime role owns nothing and is subject to row security; only the processes that migrate are given the owner.
DATABASES = {
    "default": {
        **env.postgres("DATABASE_URL", default=EMBEDDED.database_url("fencang_app")).django(),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
}
if env.text("OWNER_DATABASE_URL") or not env.text("DATABASE_URL"):
    DATABASES["owner"] = env.postgres("OWNER_DATABASE_URL", default=EMBEDDED.database_url("fencang_owner")).django()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["wms.tenancy.signing_in.PeopleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "wms.console.formats"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

LOGIN_URL = "/console/login/"
LOGIN_REDIRECT_URL = "/console/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("HTTPS_ONLY", default=False)
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

CELERY_BROKER_URL = env.broker("REDIS_URL", default=EMBEDDED.broker_url())
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page that publishes a hint does not wait for a broker that is down: the sweep finds the orders.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "allocation.sweep", "schedule": 2.0, "options": {"expires": 2.0}},
    "exports": {"task": "exports.sweep", "schedule": 10.0, "options": {"expires": 10.0}},
    "keep_ledgers": {"task": "allocation.keep_ledgers", "schedule": 30.0, "options": {"expires": 30.0}},
    "simulate_waiting": {"task": "allocation.simulate_waiting", "schedule": 60.0, "options": {"expires": 60.0}},
    "note_overdue": {"task": "allocation.note_overdue", "schedule": 600.0, "options": {"expires": 600.0}},
    "reoptimise": {"task": "allocation.reoptimise_all", "schedule": 300.0, "options": {"expires": 300.0}},
    "price_stock": {"task": "allocation.price_all_stock", "schedule": 900.0, "options": {"expires": 900.0}},
    "seal": {"task": "allocation.seal", "schedule": 300.0, "options": {"expires": 300.0}},
}
