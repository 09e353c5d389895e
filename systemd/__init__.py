"""The user unit, found here by `samantha service install`."""
