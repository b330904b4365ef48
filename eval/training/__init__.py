"""Trains the reader model that Pullquote ships: `make train-reader`. Nothing at run time imports it."""

import os

# torch reads it when it is loaded: its threads spin otherwise, and one busy neighbour makes them 30 times slower
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
