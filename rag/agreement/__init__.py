"""Whether the articles agree on what was asked."""
