"""News of all kinds, for as long as a test looks at it: something announced, the centre closed for a told reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from ticketing.bootstrap import Services
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.content import announcements
from ticketing.content.announcements import Wording
from ticketing.foundation.actors import system

TEST = system("test")


@contextmanager
def announced(services: Services) -> Iterator[None]:
    """While the block runs, something is announced on every page."""
    now = services.clock.now()
    texts = {
        "nl": "Op zaterdag 28 november zijn we open tot 22 uur: kom kijken hoe licht danst in het donker.",
        "fr": "Le samedi 28 novembre, nous sommes ouverts jusqu’à 22 heures\u00a0: venez voir danser la lumière.",
        "en": "On Saturday 28 November we are open until 10 in the evening: come and see light dance in the dark.",
        "de": "Am Samstag, den 28. November, haben wir bis 22 Uhr geöffnet: Sehen Sie Licht im Dunkeln tanzen.",
    }
    wording = Wording(texts, "programme", now - timedelta(minutes=1), now + timedelta(days=3))
    with services.database.transaction() as session:
        announcement = announcements.announce(session, wording, actor=TEST, now=now)
    yield
    with services.database.transaction() as session:
        announcements.withdraw(session, announcement.id, actor=TEST, now=now)


@contextmanager
def closed(services: Services) -> Iterator[None]:
    """While the block runs, the centre is closed until the end of the day, for a reason that is told."""
    now = services.clock.now()
    reasons = {
        "nl": "Gesloten wegens storm: we wachten tot de daken weer veilig zijn.",
        "fr": "Fermé pour cause de tempête\u00a0: nous attendons que les toits soient à nouveau sûrs.",
        "en": "Closed because of the storm: we wait until the roofs are safe again.",
        "de": "Wegen des Sturms geschlossen: Wir warten, bis die Dächer wieder sicher sind.",
    }
    with services.database.transaction() as session:
        request = ClosureRequest(reasons, now, now + timedelta(hours=8))
        closure = closures.close(session, request, actor=TEST, now=now)
    yield
    with services.database.transaction() as session:
        closures.lift(session, closures.get_closure(session, closure.id), actor=TEST, now=now + timedelta(seconds=1))
