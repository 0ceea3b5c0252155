# It runs in the helpdesk's own virtual environment, where Django lives and speaks no types.
# mypy: ignore-errors
"""A whole django-helpdesk site in one file, for tests: migrates, seeds, says where it listens, serves.

    python helpdesk_site.py FOLDER

FOLDER gets the database. Webhooks go where FOLDER/new.txt and FOLDER/followup.txt say, read anew each time.
Mail comes in by `POST /mail/<queue>/` with a raw message, as from a mail gateway. The first line on standard output is
JSON: `{"url": …, "users": {name: number}, "tokens": {name: token}, "queues": {slug: number}}`.
"""

import json
import logging
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

FOLDER = Path(sys.argv[1])


def _addresses(name: str) -> list[str]:
    file = FOLDER / name
    return file.read_text().split() if file.exists() else []


settings.configure(
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER / "helpdesk.sqlite3",
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
        }
    },
    INSTALLED_APPS=[
        *(f"django.contrib.{app}" for app in ("admin", "auth", "contenttypes", "humanize", "messages", "sessions")),
        "django.contrib.sites",
        "django.contrib.staticfiles",
        "rest_framework",
        "rest_framework.authtoken",
        "helpdesk",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    SITE_ID=1,
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]},
    HELPDESK_ACTIVATE_API_ENDPOINT=True,
    HELPDESK_TEAMS_MODE_ENABLED=False,
    HELPDESK_TEAMS_MIGRATION_DEPENDENCIES=[],
    HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS=lambda: _addresses("new.txt"),
    HELPDESK_GET_FOLLOWUP_WEBHOOK_URLS=lambda: _addresses("followup.txt"),
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402  Django's models need its settings first
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from helpdesk.email import extract_email_metadata  # noqa: E402
from helpdesk.models import Queue  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402


@csrf_exempt
def mail(request: HttpRequest, slug: str) -> HttpResponse:
    ticket = extract_email_metadata(request.body.decode(), Queue.objects.get(slug=slug), logging.getLogger("mail"))
    return HttpResponse(str(ticket.id) if ticket else "", status=201 if ticket else 422)


urlpatterns = [path("mail/<slug:slug>/", mail), path("", include("helpdesk.urls", namespace="helpdesk"))]


def seed() -> dict[str, dict[str, object]]:
    """careengine's own user, one who takes calls, one of the second line, and one who is no colleague."""
    users = {}
    for name in ("careengine", "desk", "senior", "outsider"):
        users[name] = User.objects.create_user(name, f"{name}@helpdesk.test", is_staff=name != "outsider")
    queues = {
        slug: Queue.objects.create(slug=slug, title=slug, allow_email_submission=True)
        for slug in ("support", "escalations")
    }
    return {
        "users": {name: user.id for name, user in users.items()},
        "tokens": {name: Token.objects.create(user=user).key for name, user in users.items()},
        "queues": {slug: queue.id for slug, queue in queues.items()},
    }


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    about = seed()
    with make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet) as server:
        sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", **about}) + "\n")
        sys.stdout.flush()
        server.serve_forever()
