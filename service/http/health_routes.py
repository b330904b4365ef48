"""Whether the process lives, whether it can answer, and how it fares."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Response
from prometheus_client.exposition import choose_encoder

from service.http.metrics import Metrics
from service.http.problems import problem
from service.http.readiness import Readiness
from service.wire import Health


def health_routes(readiness: Readiness, metrics: Metrics) -> APIRouter:
    """What those who keep the service running ask, by machines mostly."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    def healthz() -> Health:
        """Whether the process lives."""
        return Health(status="ok")

    @router.get("/readyz", response_model=Health)
    def readyz() -> Health | Response:
        """Whether the models are loaded and the indexes agree with the catalogue."""
        if hindrance := readiness.hindrance():
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"not ready: {hindrance}", "NotReady")
        return Health(status="ready")

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def tell_metrics(accept: Annotated[str, Header()] = "") -> Response:
        """The metrics, in Prometheus's text format or, where it is accepted, in OpenMetrics."""
        encode, content_type = choose_encoder(accept)
        return Response(encode(metrics.registry), media_type=content_type)

    return router
