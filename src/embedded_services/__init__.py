"""PostgreSQL and Valkey from pip wheels as child processes on loopback, for development, demo and tests.

`with EmbeddedServices() as services: services.postgres_url, services.valkey_url`. Own package: it knows nothing of the
call centre. Owner of a server is the process that started it; nothing outlives a killed owner.
"""

from embedded_services.errors import ServicesError
from embedded_services.services import EmbeddedServices

__all__ = ["EmbeddedServices", "ServicesError"]
