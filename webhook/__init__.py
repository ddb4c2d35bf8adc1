"""The doors: what reaches a person over a network. Everything else is in `bot/`."""
