"""A visitor in a test, who buys through the pages."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

HERE = "http://127.0.0.1:8000"


class Visitor:
    """A browser without JavaScript: follows links, fills in forms, sends the token it was given."""

    def __init__(self, client: FlaskClient, language: str = "nl") -> None:
        self.client, self.language, self.page, self.token = client, language, None, ""

    def get(self, path: str):
        self.page = self.client.get(path)
        return self.page

    def post(self, path: str, **fields: str | list[str]):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page.text) if self.page else None
        self.token = token[1] if token else self.token
        answer = self.client.post(path, data={"csrf_token": self.token, **fields})
        if answer.status_code != 303:
            self.page = answer
        return answer

    def choose(self, slot, **quantities: str):
        path = f"/{self.language}/tickets/slots/{slot.uuid}/"
        key = re.search(r'name="request_key" value="([^"]+)"', self.get(path).text)
        fields = {f"quantity-{slug}": number for slug, number in quantities.items()}
        return self.post(path, request_key=key[1] if key else "", **fields)

    def fill_in(self, slot, **quantities: str) -> str:
        """Go as far as the review page; return the address of the hold."""
        details = self.choose(slot, **quantities).location
        self.get(details)
        review = self.post(details, email="an.peeters@example.org", name="An Peeters").location
        self.get(review)
        return review.removesuffix("review/")

    def order(self, slot, **quantities: str) -> str:
        """Go as far as the provider's page; return its address."""
        base = self.fill_in(slot, **quantities)
        pay = self.post(f"{base}order/").location.removeprefix(HERE)
        self.get(pay)
        return pay

    def buy(self, slot, **quantities: str) -> str:
        """Pay at the sandbox; return the address of the order."""
        pay = self.order(slot, **quantities)
        back = self.post(pay, outcome="pay").location.removeprefix(HERE)
        order = self.client.get(back).location
        self.get(order)
        return order
