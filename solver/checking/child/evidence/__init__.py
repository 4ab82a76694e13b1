"""Evidence for an answer without a reference answer; runs inside the oracle's child.

`statements` reads a problem into a task, `tokens`, `names` and `expressions` read formulas,
`answered` reads what was answered, and the deciders try the answer on the task. Text only ever
becomes sympy objects through constructors: nothing here evaluates text.
"""
