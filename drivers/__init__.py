"""How to speak to the world."""
