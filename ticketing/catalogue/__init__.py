"""What can be attended, by whom, at what price, when, and whether there is room."""
