"""The faces on the network: the REST interface, the socket for speech, and the page."""

from __future__ import annotations

from sayfind.serving.app import create_app
from sayfind.serving.limits import ServingConfig
from sayfind.serving.server import serve

__all__ = ["ServingConfig", "create_app", "serve"]
