"""The faces: with app.py and cli/ the only places that know Flask."""
