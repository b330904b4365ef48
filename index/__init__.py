"""The library of articles: it stores, finds and copies text. It knows nothing of questions, HTTP or settings."""
