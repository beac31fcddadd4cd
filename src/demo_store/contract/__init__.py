"""The Store API as pydantic models: what goes over the wire, and nothing of how it is stored."""
