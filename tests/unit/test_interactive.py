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


@pytest.mark.parametrize(("name", "content", "message"), [("a/b", b"x", "without a folder"), ("a", b"", "is empty")])
def test_what_cannot_be_served_is_refused(tmp_path, monkeypatch, name, content, message):
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match=message):
        interactive.keep_file(name, content)
