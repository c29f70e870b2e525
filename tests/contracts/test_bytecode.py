"""The committed bytecode is what the committed sources compile to."""

import json
import os
import subprocess

import pytest

from bot.proof.contracts.deployless import CREATION_CODE
from tests.contracts.doubles import BYTECODE, HERE


@pytest.mark.skipif(
    "HOLDFAST_SOLC" not in os.environ,
    reason="set HOLDFAST_SOLC to a folder made with `npm install --prefix FOLDER solc@0.8.37` to compile the contracts",
)
def test_the_bytecode_is_the_compiled_source() -> None:
    modules = f"{os.environ['HOLDFAST_SOLC']}/node_modules"
    command = ["node", str(HERE / "compile.mjs")]
    made = subprocess.run(
        command, env={**os.environ, "NODE_PATH": modules}, check=True, capture_output=True, timeout=60
    )
    assert json.loads(made.stdout) == {"Deployless": CREATION_CODE.hex(), **BYTECODE}
    assert made.stderr == b""
