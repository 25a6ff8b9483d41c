"""The payment provider: one adapter over Stripe, and a sandbox in its place. Knows no order."""
