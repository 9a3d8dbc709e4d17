"""`python -m studio_tui`."""

from studio_tui.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
