"""`./box admin`: whoever sits at the box's own terminal is never locked out."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.real_box import ROOT, running_box

CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
PASSWORD = "three small words"


def admin(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance", "admin", "--data", str(data), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def code_in(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    found = CODE.search(done.stdout)
    assert found is not None, done.stdout
    return found[0]


def test_an_admin_who_lost_the_password_gets_in_again_with_a_code_from_the_terminal(tmp_path: Path) -> None:
    assert "Nobody has an account yet" in admin(tmp_path, "list").stdout
    first = code_in(admin(tmp_path, "add", "anna@example.org", "Anna"))
    with running_box(tmp_path) as box:
        visitor = box.visitor()
        done = visitor.post("/api/v1/codes", json_body={"code": first, "password": PASSWORD})
        assert (done.status, done.json["role"]) == (201, "admin")
        second = code_in(admin(tmp_path, "reset", "ANNA@example.org"))
        again = visitor.post("/api/v1/codes", json_body={"code": first, "password": PASSWORD})
        assert again.json["code"] == "code_wrong"
        other = "four other small words"
        assert visitor.post("/api/v1/codes", json_body={"code": second, "password": other}).status == 201
        logged_in = visitor.post("/api/v1/logins", json_body={"email": "anna@example.org", "password": other})
        visitor.token = logged_in.json["login"]
        acts = [entry["by"] for entry in visitor.get("/api/v1/audit").json["entries"]]
        assert "terminal" in acts
        logs = b"".join(path.read_bytes() for path in (box.data / "log").iterdir() if path.is_file())
        for secret in (first, second, other, "anna@example.org"):
            assert secret.encode() not in logs
    assert "anna@example.org" in admin(tmp_path, "list").stdout


def test_nobody_s_password_is_reset_by_mistake(tmp_path: Path) -> None:
    done = admin(tmp_path, "reset", "nobody@example.org")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Nobody has an account with nobody@example.org" in done.stderr
    wrong = admin(tmp_path, "add", "no address", "Anna")
    assert (wrong.returncode, "not an e-mail address" in wrong.stderr) == (1, True)
