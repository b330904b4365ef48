"""Public yardsticks: what Pullquote scores on data sets that others are measured on too."""
