"""What runs the house: worker, schedule, payment acts, demo data, simulator, invariants."""
