"""What customers choose, order, pay and get back."""
