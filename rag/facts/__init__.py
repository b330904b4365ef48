"""What a sentence states that can be checked: quantities, dates, names and denials."""
