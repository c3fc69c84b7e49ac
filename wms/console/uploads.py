"""Files between upload and confirmation: bound to the company and the person, of bounded size, gone after a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wms.console.models import Upload
from wms.tenancy.middleware import seat_of

MOST_BYTES: Final = 16 * 1024 * 1024
MEGABYTE: Final = 1024 * 1024
KEPT: Final = timedelta(days=1)
SHOWN_NAME: Final = 120


class SheetField(forms.FileField):
    """A CSV or XLSX file; what it is shows when it is read, whatever its name says."""

    default_error_messages = {"too_big": _("The file has %(megabytes)s MB; at most %(most)s fit here. Bring larger ones in by command.")}
    widget = forms.FileInput(attrs={"accept": ".csv,.xlsx,.gz,.txt"})

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file is not None and file.size > MOST_BYTES:
            values = {"megabytes": -(-file.size // MEGABYTE), "most": MOST_BYTES // MEGABYTE}
            raise forms.ValidationError(self.error_messages["too_big"], code="too_big", params=values)
        return file


def keep_upload(request: HttpRequest, *, kind: str, file: UploadedFile[Any], answers: Mapping[str, Any]) -> Upload:
    """Store a file for its person, and forget what that person left behind yesterday."""
    seat = seat_of(request)
    assert seat is not None
    now = timezone.now()
    _own(request).filter(created_at__lt=now - KEPT).delete()
    kept: Upload = Upload.objects.create(
        tenant_id=seat.tenant_id,
        user_id=request.user.pk,
        kind=kind,
        file_name=_printable(file.name or ""),
        answers=dict(answers),
        content=file.read(),
        created_at=now,
    )
    return kept


def find_upload(request: HttpRequest, *, kind: str, upload_id: int) -> Upload:
    """Return a file of the person's own, or answer that there is none."""
    found: Upload | None = _own(request).filter(pk=upload_id, kind=kind, created_at__gte=timezone.now() - KEPT).first()
    if found is None:
        raise Http404
    return found


@contextmanager
def as_file(upload: Upload) -> Iterator[Path]:
    """Give the content as a file under a name of ours, for as long as it is read."""
    with TemporaryDirectory(prefix="fencang-upload-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(bytes(upload.content))
        yield path


def _own(request: HttpRequest) -> Any:
    return Upload.objects.filter(user_id=request.user.pk)


def _printable(name: str) -> str:
    """Return a name that can be shown: without folders, without signs that can't be seen."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable())[:SHOWN_NAME]
