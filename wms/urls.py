"""Where each page lives."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from wms.console.site import console


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the web process is up."""
    return HttpResponse("ok", content_type="text/plain")


admin.autodiscover()

urlpatterns = [
    path("", TemplateView.as_view(template_name="front.html")),
    path("healthz", healthz),
    path("i18n/", include("django.conf.urls.i18n")),
    path("console/", console.urls),
    path("portal/", include("wms.portal.urls")),
]
