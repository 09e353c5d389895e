"""One module a set: `measure(data)` returns figures; its docstring says what counts as right."""
