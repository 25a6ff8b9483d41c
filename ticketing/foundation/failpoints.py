"""Named places where the power may fail. `FAULT_AT=C1` in the environment kills the process there.

The names are those of the crash harness (tests/fault/); without the variable a call is one comparison.
"""

from __future__ import annotations

import os
import signal

FAILPOINTS = {
    "C1": "hold committed, before the provider is called",
    "C2": "provider's session created, its reference not stored",
    "C3": "webhook verified, nothing stored",
    "C4": "event stored, order not confirmed, transaction open",
    "C5": "settlement committed, before the answer",
    "C6": "answered, before the mail",
    "C7": "while the PDF is made",
    "C8": "refund asked at the provider, not stored",
    "C9": "scan stored, answer not sent",
    "C10": "one batch of a closure's cases committed, others to come",
    "C14": "provider's page closed by the sweeper, places not given back",
    "C16": "a batch of a closure's cases written, transaction open",
}

_armed = os.environ.get("FAULT_AT")


def arm(name: str) -> None:
    """Let this process die at a failpoint, as FAULT_AT in its environment would."""
    global _armed
    _armed = name


def reach(name: str) -> None:
    """Die here, as by a power cut, when this failpoint is armed."""
    if _armed == name:
        os.kill(os.getpid(), signal.SIGKILL)
