"""The doors: settings, command line, chat and HTTP."""
