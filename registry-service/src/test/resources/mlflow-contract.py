"""Drives a registry with MLflow's stock client: URL, model name and stack digest are the arguments, the token is in the environment."""

import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException, RestException

url, name, digest = sys.argv[1:]
mlflow.set_tracking_uri(url)
mlflow.set_registry_uri(url)
client = MlflowClient(tracking_uri=url, registry_uri=url)


def refused(code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except RestException as e:
        assert e.error_code == code, (code, e.error_code, e.message)
        assert e.message.startswith(code + ": "), e.message
        return
    raise AssertionError(f"{call.__name__}{args} was not refused")


# registered models
made = client.create_registered_model(name, tags={"team": "nlp", "empty": ""}, description="of a test")
assert made.name == name and made.description == "of a test" and made.tags["team"] == "nlp", made
assert made.creation_timestamp > 1_600_000_000_000
refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, name)
refused("INVALID_PARAMETER_VALUE", client.create_registered_model, "no/slash")
refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "nobody")
client.update_registered_model(name, "described anew")
assert client.get_registered_model(name).description == "described anew"
client.set_registered_model_tag(name, "a key with spaces", "x")
assert client.get_registered_model(name).tags["a key with spaces"] == "x"
client.delete_registered_model_tag(name, "a key with spaces")
assert "a key with spaces" not in client.get_registered_model(name).tags
client.rename_registered_model(name, name + "-renamed")
refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, name)
client.rename_registered_model(name + "-renamed", name)

# versions: one with a stack that is here, drafts of files that are elsewhere
one = client.create_model_version(name, "bitstack:" + digest, tags={"stage": "first"}, description="of a stack")
assert one.version == "1" or one.version == 1, one
assert one.status == "READY" and one.source == "bitstack:" + digest, one
two = client.create_model_version(name, "s3://elsewhere/model", run_id=None, description="elsewhere")
assert int(two.version) == 2, two
three = client.copy_model_version(f"models:/{name}/1", name + "-copied")
assert int(three.version) == 1 and three.source == f"models:/{name}/1", three
refused("RESOURCE_DOES_NOT_EXIST", client.create_model_version, name, "bitstack:sha256:" + "0" * 64)
refused("RESOURCE_ALREADY_EXISTS", client.create_model_version, name, "bitstack:" + digest)
refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, name, "77")
refused("RESOURCE_DOES_NOT_EXIST", client.create_model_version, "nobody", "s3://x/y")
client.update_model_version(name, "2", "described anew")
assert client.get_model_version(name, "2").description == "described anew"
client.set_model_version_tag(name, "2", "quality", "good")
assert client.get_model_version(name, "2").tags == {"quality": "good"}
client.delete_model_version_tag(name, "2", "quality")
assert client.get_model_version(name, "2").tags == {}

# stages
moved = client.transition_model_version_stage(name, "1", "Staging")
assert moved.current_stage == "Staging", moved
client.transition_model_version_stage(name, "2", "staging", archive_existing_versions=True)
assert client.get_model_version(name, "1").current_stage == "Archived"
assert [int(v.version) for v in client.get_latest_versions(name, ["Staging"])] == [2]
assert {v.current_stage for v in client.get_latest_versions(name)} == {"Staging", "Archived"}
client.transition_model_version_stage(name, "1", "Production")
refused("INVALID_PARAMETER_VALUE", client._get_registry_client().store.transition_model_version_stage, name, "1", "Nowhere", False)

# aliases
client.set_registered_model_alias(name, "champion", "1")
assert int(client.get_model_version_by_alias(name, "champion").version) == 1
assert client.get_registered_model(name).aliases == {"champion": "1"} or client.get_registered_model(name).aliases == {"champion": 1}
assert client.get_model_version(name, "1").aliases == ["champion"]
client.set_registered_model_alias(name, "champion", "2")
assert int(client.get_model_version_by_alias(name, "champion").version) == 2
client.delete_registered_model_alias(name, "champion")
refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, name, "champion")
client.set_registered_model_alias(name, "champion", "2")

# search, page by page
for i in range(5):
    client.create_registered_model(f"{name}-many-{i}", tags={"index": str(i)})
found, token = [], None
while True:
    page = client.search_registered_models(f"name LIKE '{name}-many-%'", max_results=2, order_by=["name DESC"], page_token=token)
    found += [m.name for m in page]
    token = page.token
    if not token:
        break
assert found == [f"{name}-many-{i}" for i in (4, 3, 2, 1, 0)], found
by_tag = client.search_registered_models(f"name ILIKE '{name.upper()}%' AND tags.index = '3'")
assert [m.name for m in by_tag] == [f"{name}-many-3"], by_tag
assert len(client.search_registered_models()) >= 7
versions = client.search_model_versions(f"name = '{name}'", order_by=["version_number ASC"])
assert [int(v.version) for v in versions] == [1, 2], versions
versions = client.search_model_versions(f"name='{name}' and tags.stage = 'first'")
assert [int(v.version) for v in versions] == [1] and versions[0].tags == {"stage": "first"}, versions
first = client.search_model_versions(f"name = '{name}'", max_results=1)
second = client.search_model_versions(f"name = '{name}'", max_results=1, page_token=first.token)
assert {int(first[0].version), int(second[0].version)} == {1, 2}, (first, second)
assert client.search_model_versions(f"run_id IN ('none') AND name = '{name}'") == []
refused("INVALID_PARAMETER_VALUE", client.search_registered_models, "nonsense = 'x'")
refused("INVALID_PARAMETER_VALUE", client.search_model_versions, "name = ")
refused("INVALID_PARAMETER_VALUE", client.search_registered_models, "name = 'a'; drop table models")

# artifacts through the proxy
assert client.get_model_version_download_uri(name, "1") == f"mlflow-artifacts:/models/{name}/1"
assert client.get_model_version_download_uri(name, "2") == "s3://elsewhere/model"
listed = mlflow.artifacts.list_artifacts(f"mlflow-artifacts:/models/{name}/1")
assert {"1/manifest.json", "1/config.json", "1/blobs"} <= {f.path for f in listed}, listed
with tempfile.TemporaryDirectory() as directory:
    path = Path(mlflow.artifacts.download_artifacts(f"models:/{name}/1", dst_path=directory))
    import hashlib

    assert "sha256:" + hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest() == digest
    blobs = list((path / "blobs").iterdir())
    assert len(blobs) > 3
    for blob in blobs:
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name

# deletion
client.delete_model_version(name, "2")
refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, name, "2")
refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, name, "champion")
assert int(client.create_model_version(name, "s3://again").version) == 3, "a number is never given twice"
client.delete_registered_model(name)
refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, name)
refused("RESOURCE_DOES_NOT_EXIST", client.delete_registered_model, name)
client.create_registered_model(name)
print("content")
