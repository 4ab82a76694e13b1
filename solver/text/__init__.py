"""From a model's raw text to steps, and from a step's text to safe HTML. Stands on the ground:
no Django, no models, no settings."""
