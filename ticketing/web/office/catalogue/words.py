"""What kinds, audiences, fates and bulk acts are called in the office."""

from __future__ import annotations

from ticketing.catalogue.bulk_changes import BulkAct
from ticketing.catalogue.models import Audience, ExperienceKind
from ticketing.catalogue.slot_changes import Fate
from ticketing.web.pages import N_

KIND_WORDS = {
    ExperienceKind.ADMISSION: N_("Admission to the centre"),
    ExperienceKind.SHOW: N_("Science show"),
    ExperienceKind.WORKSHOP: N_("Workshop"),
    ExperienceKind.SCHOOL: N_("Programme for schools"),
}
AUDIENCE_WORDS = {
    Audience.VISITOR: N_("Visitors"),
    Audience.TEACHER: N_("Teachers"),
    Audience.HOST: N_("Hosts"),
}
DRAWING_WORDS = {
    "interference": N_("Interference"),
    "field": N_("Field lines"),
    "orbits": N_("Orbits"),
    "gears": N_("Gears"),
    "refraction": N_("Refraction"),
    "spectrum": N_("Spectrum"),
    "lissajous": N_("Lissajous figures"),
    "waves": N_("Waves"),
    "pendulum": N_("Pendulums"),
}
REENTRY_WORDS = {
    "none": N_("Not again on the same ticket"),
    "stamp": N_("By the stamp on their hand"),
    "exit_scan": N_("When the ticket was scanned at the exit"),
    "window": N_("For some time, on the same ticket"),
}
FATE_WORDS = {
    Fate.APPEARS: N_("appears"),
    Fate.GOES: N_("goes"),
    Fate.CHANGES: N_("changes"),
    Fate.KEPT: N_("stays for those who have tickets"),
    Fate.STAYS: N_("stays"),
}
BULK_WORDS = {
    BulkAct.SET: N_("Set capacity to"),
    BulkAct.MORE: N_("Change capacity by a number"),
    BulkAct.PERCENT: N_("Change capacity by a percentage"),
    BulkAct.ADD: N_("Add slots with capacity"),
    BulkAct.REMOVE: N_("Take slots away"),
}
