"""Fitting the extractive reader to question-answering data, and what each of its choices brings."""
