FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --create-home fencang
WORKDIR /app

COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY . .
# The key of the build signs nothing: the real one comes with the environment when the container starts.
RUN SECRET_KEY=build python manage.py compile_translations \
 && SECRET_KEY=build python manage.py collectstatic --noinput

USER fencang
CMD ["gunicorn", "wms.wsgi", "--bind", "0.0.0.0:8000"]
