import pickle

import msgspec
import pytest
import structlog

from kernel.shell.secret import NoSecret, Secret, path_of, read_secret, seen_from

PASSWORD = "open sesame"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "broker_password"
    path.write_text(f"{PASSWORD}\n")
    path.chmod(0o600)
    return path


def test_a_secret_is_the_first_line_of_its_file(file):
    assert read_secret(str(file)).reveal() == PASSWORD
    file.write_bytes(b"another\r\nsecond line\n")
    assert read_secret(str(file)).reveal() == "another"


def test_a_credential_is_read_where_systemd_puts_it(file):
    assert read_secret(
        "credential:broker_password", {"CREDENTIALS_DIRECTORY": str(file.parent)}
    ).reveal() == (PASSWORD)


def test_a_secret_shows_itself_in_no_text(file):
    secret = read_secret(str(file))
    shown = [repr(secret), str(secret), f"{secret}", f"{[secret]}", "%s %r" % (secret, secret)]  # noqa: UP031
    with structlog.testing.capture_logs() as lines:
        structlog.get_logger().info("connecting", password=secret)
    assert PASSWORD not in "".join(shown) + repr(lines)


def test_a_secret_leaves_in_no_encoding():
    secret = Secret(PASSWORD)
    for encode in (msgspec.json.encode, msgspec.msgpack.encode, pickle.dumps):
        with pytest.raises(TypeError):
            encode(secret)


def test_two_secrets_can_be_compared_and_not_looked_up():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    with pytest.raises(TypeError):
        hash(Secret("a"))


@pytest.mark.parametrize("body", [b"", b"\nsecond", b"\xff\xfe", b"x" * 70_000])
def test_what_is_no_secret_is_told_without_showing_it(file, body):
    file.write_bytes(body)
    with pytest.raises(NoSecret, match=f"{file} has no line of text") as told:
        read_secret(str(file))
    assert "xxx" not in str(told.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NoSecret, match=r"the secret .*/none cannot be read: No such file"):
        read_secret(str(tmp_path / "none"))


@pytest.mark.parametrize("named", ["credential:", "credential:../shadow", "credential:a/b", "credential:.."])
def test_a_credential_is_a_name_and_no_path(named, tmp_path):
    with pytest.raises(NoSecret, match="names no credential"):
        path_of(named, environment={"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_without_systemd_the_words_say_which_line_the_unit_lacks():
    with pytest.raises(NoSecret, match="LoadCredential=broker:FILE"):
        path_of("credential:broker", environment={})


def test_a_file_that_others_may_read_is_told_once(file):
    file.chmod(0o644)
    with structlog.testing.capture_logs() as lines:
        read_secret(str(file))
        read_secret(str(file))
    assert [(line["event"], line["mode"]) for line in lines] == [("secret.readable_by_others", "644")]
    assert PASSWORD not in repr(lines)


def test_a_file_of_its_owner_alone_is_told_nobody(file):
    with structlog.testing.capture_logs() as lines:
        read_secret(str(file))
    assert not lines


def test_no_name_stays_no_name(tmp_path):
    assert not seen_from("", tmp_path)
