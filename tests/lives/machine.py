"""What all rules stand on: a world, ways to point at something in it, and the checks after every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.lives.books import Life
from tests.lives.world import World

Thing = TypeVar("Thing")

WHICH = st.integers(0, 11)  # one of those there are, the youngest first
FEW = st.integers(1, 3)
MINUTES = st.sampled_from([1, 4, 9, 16, 33, 60, 170, 24 * 60, 31 * 60])


class Machine(RuleBasedStateMachine):
    """A history in the making. Rules are in the files beside this one, by theme."""

    open_world: ClassVar[Callable[[], World]]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).open_world()
        self._is_sound = False

    @property
    def now(self):
        return self.world.clock.now()

    @property
    def database(self):
        return self.world.services.database

    def life(self, which: int) -> Life:
        return pick(self.world.lives, which)

    def customer(self, which: int) -> Life:
        """Return one whose order stands."""
        return pick(self.world.standing, which)

    def slot(self, which: int) -> int:
        return self.world.slots[which % len(self.world.slots)]

    @invariant()
    def everything_adds_up(self) -> None:
        self._is_sound = False
        self.world.check()
        self._is_sound = True

    def teardown(self) -> None:
        """Let everything come to its end; then the money has to be right as well."""
        try:
            if self._is_sound:
                self.world.come_to_rest()
                self.world.check()
                self.world.check_money()
        finally:
            self.database.close()


def pick(things: Sequence[Thing], which: int) -> Thing:
    """Return one of them, the youngest for 0: what has just been made is what most happens to."""
    return things[-1 - which % len(things)]


def any_of(what: str) -> Callable[[Machine], bool]:
    """Say as a precondition that the world has some of these."""
    return lambda machine: bool(getattr(machine.world, what))
