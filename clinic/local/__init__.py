"""The site on one machine with nothing installed: a real Postgres, a real Redis and a mail server that keeps
each message as a file. `make run`, `make test` and `make manage` are its commands.

Nothing here imports Django: these parts run before there are settings to read.
"""
