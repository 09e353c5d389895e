"""A simulated year of a user with hidden preferences, lived through with the real core."""
