"""`python -m call_center` is `call-center`."""

from call_center.cli import main

if __name__ == "__main__":
    main()
