"""What every room stands on: database, clock, money, identifiers, actors, audit, jobs, states, errors."""
