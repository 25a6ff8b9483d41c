"""An afternoon closed under two customers of each kind; a hundred of each are in `python -m bench closing`."""

from tests import closed_afternoon
from tests.closed_orders import KINDS


def test_nobody_is_forgotten_no_cent_is_lost_and_what_was_refused_is_seen_and_sent_again(services):
    afternoon = closed_afternoon.play(services, 2 * len(KINDS), refused_every=4)

    assert afternoon.provider.refused >= 3  # in each of the three ways
