"""The WSGI application: `gunicorn wms.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wms.settings")

application = get_wsgi_application()
