"""Trying rules out on cases and on history: rule tests, replay of kept decisions, histories from other systems."""
