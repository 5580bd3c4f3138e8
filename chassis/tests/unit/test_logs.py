"""Logs: one JSON object a line, tied to the trace, without secrets."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from chassis import logs
from chassis.settings import ServiceSettings
from chassis.tracing import span


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def configured(**differently: str) -> None:
    logs.configure("things", ServiceSettings.model_validate({"database_url": "postgresql://x/y", **differently}))


def test_a_line_is_json_with_service_and_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configured()
    with span("request", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        structlog.get_logger("test").info("happened", count=3)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["count"], line["service"]) == ("happened", 3, "things")
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"


def test_secrets_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    configured()
    structlog.get_logger("test").warning("odd", Authorization="Bearer hush", kafka_sasl_password="hush")
    assert "hush" not in capsys.readouterr().err


def test_libraries_log_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    configured()
    logging.getLogger("uvicorn.error").warning("from %s", "uvicorn")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["logger"], line["service"]) == ("from uvicorn", "uvicorn.error", "things")


def test_a_fault_is_logged_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configured()
    try:
        raise ValueError("boom")
    except ValueError as error:
        structlog.get_logger("test").error("failed", exc_info=error)
    assert "ValueError: boom" in json.loads(capsys.readouterr().err)["exception"]


def test_the_level_is_a_setting(capsys: pytest.CaptureFixture[str]) -> None:
    configured(log_level="WARNING")
    structlog.get_logger("test").info("quiet")
    assert capsys.readouterr().err == ""


def test_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configured(log_format="text")
    structlog.get_logger("test").info("happened")
    assert "happened" in capsys.readouterr().err
