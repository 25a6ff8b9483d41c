"""The cases of a closure as a file for a spreadsheet: one order a line, as the books are written (accounts_file.py)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from ticketing.sales.accounts_file import BYTE_ORDER_MARK, amount_text, safe_text
from ticketing.sales.closure_board import CaseLine

HEADS = (
    "order", "state", "people", "email", "language", "opened", "decide_by", "settled", "settled_by", "value", "open",
    "rebooked", "refunded", "credited", "kept", "withdrawn", "bonus", "currency", "not_reached",
    "mail_status", "problem",
)  # fmt: skip


def write(lines: Iterable[CaseLine], zone: ZoneInfo) -> str:
    """Write cases, loaded with their orders; times are the centre's wall clock."""
    file = io.StringIO()
    file.write(BYTE_ORDER_MARK)
    rows = csv.writer(file, delimiter=";", lineterminator="\r\n")
    rows.writerow(HEADS)
    rows.writerows(_row(line, zone) for line in lines)
    return file.getvalue()


def _row(line: CaseLine, zone: ZoneInfo) -> list[str]:
    case, order = line.case, line.order
    amounts = (
        case.value_cents, case.open_cents, case.rebooked_cents, case.refunded_cents, case.credited_cents,
        case.kept_cents, case.withdrawn_cents, case.bonus_cents,
    )  # fmt: skip
    return [
        order.code, case.state.value, str(line.people), safe_text(order.email or ""), order.language,
        _clock(case.opened_at, zone), _clock(case.decide_by, zone), _clock(case.settled_at, zone),
        safe_text(case.settled_by or ""), *map(amount_text, amounts), case.currency,
        "yes" if line.is_unreached else "", line.lost_status or "", case.problem or "",
    ]  # fmt: skip


def _clock(instant: datetime | None, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}" if instant else ""
