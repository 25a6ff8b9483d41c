"""The door: verdicts, admissions, gates and devices."""
