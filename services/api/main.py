"""Start an API process: `python -m services.api`. Everything it needs is built here and handed down."""

import errno
import signal
import socket
import threading
import time
from contextlib import closing

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError

from classifiers.standardize.opener import standardizer_opener
from core.database import engine_for, ping
from core.errors import ConflictError, EnvironmentFaultError, InvalidError, RetryError
from core.logs import configure_logs, get_logger
from core.settings import Settings
from services.api.app import create_app
from services.api.dependencies import ApiDependencies, ApiLimits
from services.api.reading import read_only
from services.api.server_logs import forward_library_logs
from services.api.source import CurrentStandardizer

_GRACE_SECONDS = 10
"""How long a stop waits for requests that are being answered."""
_BACKLOG = 2048


def run_api(settings: Settings) -> None:
    """Serve the API until it is asked to stop (SIGTERM or SIGINT); requests in work are answered first.

    Raises:
        InvalidError: where the settings name no database, or none that can be addressed, or a damaged calibration.
        RetryError: where the database does not answer.
        ConflictError: where the port is in use.
        EnvironmentFaultError: where the address is not one of this machine.
    """
    configure_logs(level=settings.log_level, form=settings.log_format)
    forward_library_logs()
    engine = _engine(settings)
    try:
        _require_database(engine)
        with closing(listen(settings.api_host, settings.api_port)) as listener:
            serve(create_app(_dependencies(engine, settings)), listener)
    finally:
        engine.dispose()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that accepts connections; port 0 takes a free one.

    Raises:
        ConflictError: where another process listens there.
        EnvironmentFaultError: where the address cannot be used on this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise EnvironmentFaultError(f"cannot listen on {host}: {error.strerror}; set CANONYM_API_HOST") from error
    try:
        # A port whose last connections are still closing is free; one that is listened on is not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(f"port {port} of {host} is in use; set CANONYM_API_PORT to another, or to 0") from error
        raise EnvironmentFaultError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listener


def serve(app: FastAPI, listener: socket.socket) -> None:
    """Serve an app on a socket until the process is asked to stop."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    _stop_on_signals(server)
    host, port = listener.getsockname()[:2]
    log = get_logger("services.api")
    log.info("api_started", host=host, port=port)
    server.run(sockets=[listener])
    log.info("api_stopped")


def _stop_on_signals(server: uvicorn.Server) -> None:
    """Stop for SIGTERM and SIGINT, also before the server listens to them, and then end without an error."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))


def _engine(settings: Settings) -> Engine:
    if settings.database_url is None:
        raise InvalidError("the API needs CANONYM_DATABASE_URL; `canonym up` sets it")
    try:
        return engine_for(settings.database_url, application_name="canonym-api")
    except ArgumentError as error:
        raise InvalidError("CANONYM_DATABASE_URL is not an address such as postgresql://user@host/name") from error


def _require_database(engine: Engine) -> None:
    try:
        with read_only(engine) as connection:
            ping(connection)
    except RetryError as error:
        # The driver's first line says which host and port, and what it met there; the rest repeats it as advice.
        cause = str(getattr(error.__cause__, "orig", None) or error).partition("\n")[0]
        raise RetryError(f"the database of CANONYM_DATABASE_URL does not answer: {cause}") from error


def _dependencies(engine: Engine, settings: Settings) -> ApiDependencies:
    return ApiDependencies(
        engine=engine,
        standardizers=CurrentStandardizer(engine, standardizer_opener(engine, settings)),
        limits=ApiLimits(max_request_bytes=settings.max_request_bytes),
        read_seconds=time.monotonic,
        registry=CollectorRegistry(),
    )
