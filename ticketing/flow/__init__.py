"""Who is inside, who will be, how many may come, and what came of it: occupancy, planning, forecasts, reports."""
