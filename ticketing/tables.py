"""Imports every models.py, so that the metadata is whole for Alembic and the tests. Nothing else imports this."""

from ticketing.catalogue import models as catalogue
from ticketing.content import models as content
from ticketing.door import models as door
from ticketing.flow import forecast_models as forecasts
from ticketing.flow import models as flow
from ticketing.flow import report_models as reports
from ticketing.foundation import audit, house_revision, jobs
from ticketing.foundation.database import Base
from ticketing.sales import closure_models as closure_cases
from ticketing.sales import discount_models as discounts
from ticketing.sales import gift_card_models as gift_cards
from ticketing.sales import models as sales
from ticketing.sales import provider_models
from ticketing.sales import reseller_models as resellers
from ticketing.sales import undelivered_models as undelivered
from ticketing.sales import waiting_models as waiting
from ticketing.staff import models as staff
from ticketing.tickets import models as tickets

metadata = Base.metadata

__all__ = [
    "audit", "catalogue", "closure_cases", "content", "discounts", "door", "flow", "forecasts",
    "gift_cards",
    "house_revision", "jobs",
    "metadata", "provider_models", "reports", "resellers", "sales", "staff", "tickets", "undelivered", "waiting",
]  # fmt: skip
