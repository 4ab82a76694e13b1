"""Reading answers: untrusted text to small trees of plain data, by a strict grammar.

Nothing here evaluates, imports a computer-algebra system or guesses: what the grammar does not
know raises `UnreadableError`, and a text with two usual readings says so.
"""
