"""The demo store: a reference implementation of the Store API. Shares nothing with `call_center` but HTTP."""
