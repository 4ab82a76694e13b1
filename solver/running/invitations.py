"""An e-mail with the link to join a class, to people who have no account yet."""

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts.models import Classroom

logger = structlog.get_logger(__name__)


def invite(classroom_id: int, emails: list[str]) -> int:
    """Gives how many went; a mail server that is away ends it, and the join code still works."""
    classroom = Classroom.objects.filter(pk=classroom_id, is_open=True, archived_at=None).first()
    if classroom is None:
        return 0
    link = settings.SITE_URL + classroom.join_path
    body = render_to_string("mail/invitation.txt", {"classroom": classroom, "link": link})
    subject = " ".join(f"VibeSite: join the class {classroom.name}".split())
    for sent, email in enumerate(emails):
        try:
            EmailMessage(subject=subject, body=body, to=[email]).send()
        except OSError as error:
            logger.warning("invitation_not_sent", classroom=classroom_id, error=str(error))
            return sent
    return len(emails)
