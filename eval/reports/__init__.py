"""Reports of a run: for the terminal, for programs, for a pull request, and as a page with plots."""
