"""The deployment files: what they start exists, what they open is open to this machine only, no secret is in them."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
from plain_yaml import read_yaml
from prometheus_client import CollectorRegistry

from core.settings import Settings
from core.version import CODE_VERSION
from services.api.metrics import api_metrics
from services.cli.main import app
from stream.metrics import relay_metrics, worker_metrics

ROOT = Path(__file__).parents[2]
COMPOSE = read_yaml((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|DATABASE_URL")
MONITORING = sorted(path for path in (ROOT / "monitoring").rglob("*") if path.is_file())


def of_ours() -> list[str]:
    return [name for name, service in SERVICES.items() if "build" in service]


def test_every_part_has_a_service() -> None:
    wanted = {"postgres", "kafka", "migrate", "api", "worker", "relay", "retraining", "prometheus", "grafana"}
    assert wanted <= set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.search(r":[a-z]*[0-9][\w.-]*$", image), image
    assert name not in of_ours() or image == f"canonym:{CODE_VERSION}"


@pytest.mark.parametrize("name", SERVICES)
def test_a_port_is_open_to_this_machine_only(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert port.startswith("127.0.0.1:"), port
    assert "network_mode" not in SERVICES[name]
    assert "privileged" not in SERVICES[name]


@pytest.mark.parametrize("name", SERVICES)
def test_a_secret_comes_from_the_environment_and_has_no_default(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable):
            assert re.search(r"\$\{[A-Z_]+:\?[^}]+\}", value), variable
            assert "PASSWORD:-" not in value


@pytest.mark.parametrize("name", of_ours())
def test_a_command_names_a_module_or_a_subcommand_that_exists(name: str) -> None:
    program, *rest = SERVICES[name]["command"]
    if program == "python":
        assert rest[0] == "-m"
        found = importlib.util.find_spec(rest[1])
        assert found is not None, rest[1]
        assert not found.submodule_search_locations or importlib.util.find_spec(f"{rest[1]}.__main__")
        return
    assert program == "canonym"
    command: Any = typer.main.get_command(app)
    while rest and hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= options


@pytest.mark.parametrize("name", of_ours())
def test_our_variables_are_settings(name: str) -> None:
    known = {f"CANONYM_{field.upper()}" for field in Settings.model_fields}
    assert {v for v in SERVICES[name].get("environment", {}) if v.startswith("CANONYM_")} <= known


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_and_keeps_is_there(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[needed]
        assert how["condition"] != "service_completed_successfully" or SERVICES[needed]["restart"] == "no"
    for volume in SERVICES[name].get("volumes", ()):
        source = volume.split(":")[0]
        assert (ROOT / source).is_dir() if source.startswith(".") else source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", ["postgres", "kafka", "api", "worker", "relay", "prometheus", "grafana"])
def test_what_runs_for_long_is_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert "healthcheck" in SERVICES[name]


def test_jobs_and_monitoring_run_on_request_only() -> None:
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {"retraining": ["jobs"], "prometheus": ["monitoring"], "grafana": ["monitoring"]}


def test_the_example_lists_every_variable_and_no_secret() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    listed = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert set(listed) == used
    assert {value for name, value in listed.items() if "PASSWORD" in name} == {""}


def test_the_image_installs_what_is_locked_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("FROM ") for line in lines) == 2
    assert any("--require-hashes" in line and "requirements.lock" in line for line in lines)
    assert [line for line in lines if line.startswith("USER ")] == ["USER canonym"]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".env", ".git", ".venv"} <= set(ignored)


@pytest.mark.parametrize("path", MONITORING, ids=lambda path: path.name)
def test_monitoring_asks_for_metrics_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    read = json.loads(text) if path.suffix == ".json" else read_yaml(text)
    assert read
    registry = CollectorRegistry()
    api_metrics(registry)
    registries = (worker_metrics().registry, relay_metrics().registry, registry)
    families = [family for one in registries for family in one.collect()]
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    samples = {family.name + ending for family in families for ending in endings[family.type]}
    assert set(re.findall(r"\bcanonym_[a-z_]+", text)) - samples == set()


def test_prometheus_asks_where_services_answer() -> None:
    config = read_yaml((ROOT / "monitoring" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    api, worker, relay = config["scrape_configs"]
    assert api["static_configs"][0]["targets"] == [f"api:{SERVICES['api']['environment']['CANONYM_API_PORT']}"]
    for name, job in (("worker", worker), ("relay", relay)):
        port = SERVICES[name]["environment"][f"CANONYM_{name.upper()}_METRICS_PORT"]
        assert job["job_name"] == name
        assert job["dns_sd_configs"] == [{"names": [name], "type": "A", "port": int(port), "refresh_interval": "10s"}]
        assert f":{port}/" in SERVICES[name]["healthcheck"]["test"][-1]
