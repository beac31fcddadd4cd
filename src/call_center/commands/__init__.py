"""One module per `call-center` command; each exposes typer functions that `cli` registers and imports lazily."""
