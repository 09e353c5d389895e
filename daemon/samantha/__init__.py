"""samantha: a local-first assistant that suggests finished actions and asks before it acts."""

__version__ = "0.1.0"
