"""The paths of the Store API: each turns a request into a question to the rooms beside it, and no more."""
