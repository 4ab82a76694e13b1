"""The calls of the OpenAI API that clients use, so that unmodified clients work here."""
