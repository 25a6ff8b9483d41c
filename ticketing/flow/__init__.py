"""Who is inside, who will be, and how many may come: occupancy, capacity planning, forecasts, reports."""
