"""Settings: one name everywhere, secrets from files, and every mistake told at once."""

from pathlib import Path

import pytest

from chassis.settings import ServiceSettings, load

README = Path(__file__).parents[2] / "README.md"
URL = "postgresql://someone:hush@db/things"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ServiceSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def test_the_variable_is_the_field_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("PORT", "4001")
    settings = load(ServiceSettings)
    assert settings.port == 4001
    assert settings.database_url.get_secret_value() == URL


def test_what_is_not_told_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    settings = load(ServiceSettings)
    assert settings.environment == "production"
    assert settings.host == "127.0.0.1"
    assert settings.kafka_idempotence


def test_every_mistake_is_told_at_once_and_no_secret_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://someone:hush@db/things")
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("ENVIRONMENT", "staging")
    with pytest.raises(SystemExit) as ended:
        load(ServiceSettings)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert told.splitlines() == [
        "ENVIRONMENT 'staging' will not do. Set it to development or production; only development answers introspection.",
        "PORT 'many' will not do. Set it to a port between 0 and 65535.",
        "DATABASE_URL will not do. Set it to a PostgreSQL address such as postgresql://user@host:5432/name.",
    ]


def test_a_missing_setting_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load(ServiceSettings)
    assert "DATABASE_URL is not set. Set it to a PostgreSQL address" in capsys.readouterr().err


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{URL}\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    assert load(ServiceSettings).database_url.get_secret_value() == URL


def test_secrets_may_come_from_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "database_url").write_text(URL)
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    assert load(ServiceSettings).database_url.get_secret_value() == URL


def test_a_file_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SystemExit):
        load(ServiceSettings)
    assert str(tmp_path / "nowhere") in capsys.readouterr().err


def test_a_secret_is_not_shown_by_printing_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    assert "hush" not in repr(load(ServiceSettings))


@pytest.mark.parametrize("name", ServiceSettings.model_fields)
def test_every_setting_has_a_row_with_its_default_in_the_readme(name: str):
    field = ServiceSettings.model_fields[name]
    default = "required" if field.is_required() else "" if field.default is None else f"`{field.default}`"
    row = f"| `{name.upper()}` | {default} | {field.description} |".lower()
    assert row in README.read_text().lower()
