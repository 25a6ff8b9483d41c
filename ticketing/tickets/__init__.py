"""The credential: its row, its code, its QR, its page."""
