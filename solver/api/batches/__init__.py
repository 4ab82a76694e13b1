"""Files of calls that are answered when the models have time."""
