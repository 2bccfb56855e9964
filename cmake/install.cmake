# Filled in by the package step.
