"""`python -m service` is the command `pullquote`."""

from service.cli import main

main()
