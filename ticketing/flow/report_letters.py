"""The mail that brings a report: its totals to be read at once, and the whole of it as a workbook."""

from __future__ import annotations

import io
from dataclasses import replace

from ticketing.flow import exports, report_words
from ticketing.flow.exports import Ending
from ticketing.flow.report_models import Rhythm
from ticketing.flow.report_shapes import Report
from ticketing.flow.subscriptions import Recipient
from ticketing.mail import rendering
from ticketing.mail.messages import Attachment, Message
from ticketing.sales.documents import Letterhead, MailJob, letter


def report_mail(report: Report, rhythm: Rhythm, to: Recipient, head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail of one report for the period that is over."""
    span, language = report.span, to.language
    labels = report_words.labels(language)
    totals = [
        (labels[column.key], report_words.written(column, cell, language, span.zone))
        for column, cell in zip(report.columns, report.totals, strict=True)
        if cell is not None
    ]
    words = rendering.render(
        "report", language, title=report_words.titles(language)[report.name], rhythm=rhythm.value, first=span.first,
        last=span.last, totals=totals, made_at_local=span.now.astimezone(span.zone),
        counted=report_words.counted(report, language),
        page_url=f"{head.public_url}/office/reports/{report.name}?from={span.first}&until={span.last}",
        list_url=f"{head.public_url}/office/reports", centre_name=head.centre_name, is_test=head.is_test,
    )  # fmt: skip
    return replace(letter(to.email, words, language, head, job), attachments=(_workbook(report, language),))


def _workbook(report: Report, language: str) -> Attachment:
    file = io.BytesIO()
    exports.write_xlsx(exports.table_of(report, language), file, report)
    name = f"{report.name}-{report.span.first}-{report.span.last}.{Ending.XLSX}"
    return Attachment(name, exports.MIME_TYPES[Ending.XLSX], file.getvalue())
