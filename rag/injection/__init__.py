"""The rules by which text that speaks to a machine is known, and what sees through its disguises."""
