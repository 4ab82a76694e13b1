import json
import shutil
import sys

import pytest

from ..base import ModelNotFound, WeightsBroken
from ..choose import open_engine
from ..folders import check_room, write_whole
from ..options import EngineOptions
from ..weights import check_folder, demo_gguf, find_weights


@pytest.fixture
def folder(tiny_folder, tmp_path):
    return shutil.copytree(tiny_folder, tmp_path / "model")


@pytest.fixture
def options(tmp_path):
    return EngineOptions(models_dir=tmp_path / "cache")


def test_a_whole_folder_is_taken_as_it_is(folder, options):
    weights = find_weights(str(folder), options)
    assert (weights.folder, weights.name) == (folder, "model")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda at: (at / "config.json").unlink(), "has no config.json"),
        (lambda at: (at / "config.json").write_text("{"), "download it again"),
        (lambda at: (at / "config.json").write_text("[]"), "JSON object"),
        (lambda at: (at / "config.json").write_text("{}"), "what kind of model"),
        (lambda at: (at / "model.safetensors").unlink(), "has no weights"),
        (lambda at: (at / "model.safetensors").write_bytes(b"\x08"), "not a safetensors file"),
        (
            lambda at: (at / "model.safetensors").write_bytes(b"<html>" * 9),
            "not a safetensors file",
        ),
        (lambda at: [file.unlink() for file in at.glob("tokenizer*")], "has no tokenizer"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(folder, spoil, sentence):
    spoil(folder)
    with pytest.raises(WeightsBroken, match=sentence):
        check_folder(folder)


def test_weights_that_were_cut_short_are_noticed(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(WeightsBroken, match="cut short"):
        check_folder(folder)


def test_a_missing_shard_is_named(folder):
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    with pytest.raises(WeightsBroken, match=r"lacks model-00002-of-00002\.safetensors of 2"):
        check_folder(folder)


@pytest.mark.parametrize("spec", ["/no/such/folder", "no such model", "tiny", "a/b/c"])
def test_an_unknown_model_says_what_can_be_named(spec, options):
    with pytest.raises(ModelNotFound, match="name a folder"):
        open_engine(spec, options)


def test_a_file_that_is_no_gguf_is_refused(tmp_path, options):
    file = tmp_path / "model.gguf"
    with pytest.raises(ModelNotFound, match="no file"):
        find_weights(str(file), options)
    file.write_bytes(b"<html>not found</html>")
    with pytest.raises(WeightsBroken, match="not a GGUF file"):
        find_weights(str(file), options)


def test_a_gguf_file_cut_short_is_refused_and_leaves_nothing(tmp_path, options):
    file = tmp_path / "model.gguf"
    with demo_gguf().open("rb") as whole:
        file.write_bytes(whole.read(300_000))
    with pytest.raises(WeightsBroken, match="cut short"):
        find_weights(str(file), options)
    assert list(options.models_dir.iterdir()) == []


def test_modelscope_without_its_package_says_what_to_install(options, monkeypatch):
    monkeypatch.setitem(sys.modules, "modelscope", None)
    with pytest.raises(ModelNotFound, match="pip install modelscope"):
        find_weights("modelscope:WeiboAI/VibeThinker-1.5B", options)


def test_a_full_disk_is_noticed_before_the_download(tmp_path):
    with pytest.raises(WeightsBroken, match="GB more are needed"):
        check_room(tmp_path, 10**15)


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "model"

    def fail(draft):
        (draft / "half").write_text("x")
        raise OSError(28, "No space left on device")

    with pytest.raises(WeightsBroken, match="No room"):
        write_whole(target, fail)
    assert list(tmp_path.iterdir()) == []
    write_whole(target, lambda draft: (draft / "whole").touch())
    write_whole(target, lambda draft: (draft / "again").touch())
    assert [file.name for file in target.iterdir()] == ["whole"]
