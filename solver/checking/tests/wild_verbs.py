"""A registry of verbs that misbehave, to see that the oracle holds."""

import os
import subprocess
import time
from pathlib import Path

from sympy import lambdify, sympify
from sympy.abc import x


def spin(payload):
    while True:
        pass


def sleep(payload):
    time.sleep(60)
    return {}


def hoard(payload):
    return {"length": len(bytearray(4 * 1024**3))}


def power(payload):
    return {"digits": (9**9**9).bit_length()}


def crash(payload):
    os.abort()


def answer_nothing(payload):
    os._exit(0)


def raise_error(payload):
    raise ZeroDivisionError("nothing over nothing")


def evaluate_text(payload):
    return {"value": str(eval(payload["text"]))}


def sympify_text(payload):
    return {"value": str(sympify(payload["text"]))}


def lambdify_text(payload):
    return {"value": str(lambdify(x, x + 1)(1))}


def run_shell(payload):
    return {"value": subprocess.check_output(["id"]).decode()}


def write_file(payload):
    Path(payload["path"]).write_text("x")
    return {}


def environment(payload):
    return {
        "own": dict(os.environ),
        "kernel": Path("/proc/self/environ").read_bytes().decode(),
        "parent": Path(f"/proc/{os.getppid()}/environ").read_bytes().decode(),
    }


def double(payload):
    return {"value": payload["value"] * 2}


VERBS = {
    verb.__name__: verb
    for verb in (
        spin, sleep, hoard, power, crash, answer_nothing, raise_error, evaluate_text,
        sympify_text, lambdify_text, run_shell, write_file, environment, double,
    )
}  # fmt: skip


def warm():
    pass
