"""How good suggestions and signals are, on public sets: `python -m benchmarks.quality`.

Everything is scored from what the product prints: the signals of a document, as `samantha inspect`
shows them, and the rows of `samantha backtest`. Each set is a module of its own in `sets`, whose
docstring says what counts as right.
"""
