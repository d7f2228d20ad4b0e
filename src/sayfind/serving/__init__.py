"""The faces on the network: the REST interface and the page."""

from __future__ import annotations

from sayfind.serving.app import create_app, serve
from sayfind.serving.limits import ServingConfig

__all__ = ["ServingConfig", "create_app", "serve"]
