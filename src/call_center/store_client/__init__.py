"""store_client."""
