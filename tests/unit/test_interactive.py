import pytest

from utils import interactive


def test_a_file_is_kept_under_its_checksum_and_mended(tmp_path, monkeypatch):
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path))
    facts = interactive.keep_file("net.onnx", b"network")
    path = interactive.kept(facts["sha256"])
    assert facts["name"] == "net.onnx" and facts["bytes"] == 7 and path.read_bytes() == b"network"
    path.write_bytes(b"cut")
    assert interactive.keep_file("net.onnx", b"network") == facts and path.read_bytes() == b"network"
    assert [file.name for file in path.parent.iterdir()] == [path.name], "nothing half-written stays"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a/b", b"x", "without a folder"),
        ("a\\b", b"x", "without a folder"),
        ("", b"x", "without a folder"),
        ("a", b"", "is empty"),
    ],
)
def test_what_cannot_be_served_is_refused(tmp_path, monkeypatch, name, content, message):
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match=message):
        interactive.keep_file(name, content)


def test_what_is_there_whole_is_not_written_again(tmp_path, monkeypatch):
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path / "new" / "cache"))
    path = interactive.kept(interactive.keep_file("net.onnx", b"network")["sha256"])
    before = path.stat().st_ino, path.stat().st_mtime_ns
    interactive.keep_file("net.onnx", b"network")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before
    path.write_bytes(b"NETWORK")  # of the same length
    interactive.keep_file("net.onnx", b"network")
    assert path.read_bytes() == b"network"
    other = interactive.keep_file("other.onnx", b"another")
    assert interactive.kept(other["sha256"]).read_bytes() == b"another"


def test_a_figure_is_offered_with_its_data_and_stays_alone_unless_asked(monkeypatch):
    shown = []
    monkeypatch.setattr(interactive, "show", lambda text, kind, record: shown.append((kind, record)))
    interactive.interactive("softmax", {"logits": [1.0, 2.0]})
    interactive.interactive("softmax", {}, beside=True)
    first = {"component": "softmax", "data": {"logits": [1.0, 2.0]}, "beside": False}
    assert shown[0] == (interactive.INTERACTIVE, first) and shown[1][1]["beside"] is True
