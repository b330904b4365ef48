"""From a question to an answer with quotes. It knows nothing of Chroma, HTTP or the environment."""
