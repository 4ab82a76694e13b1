"""Solving: the model, the samples, the checks, and the leases of the workers."""

from pathlib import Path

from vibesite.settings.environment import BASE_DIR, DATA_DIR, env

MODEL = env.str("MODEL", "auto")
MODEL_REVISION = env.str("MODEL_REVISION", "")
MODEL_DEVICE = env.str("MODEL_DEVICE", "auto")
MODEL_DTYPE = env.str("MODEL_DTYPE", "auto")
# Weights may be shared by several sites on one machine.
MODELS_DIR = Path(env.str("MODELS_DIR", "") or DATA_DIR / "models")
# Solutions that run together in one batch; 0 lets the engine choose from the free memory.
SLOTS = env.int("SLOTS", 16)
MAX_TOKENS = env.int("MAX_TOKENS", 40_960)
DEMO_MAX_TOKENS = env.int("DEMO_MAX_TOKENS", 512)
TEMPERATURE = env.float("TEMPERATURE", 0.6)
TOP_P = env.float("TOP_P", 0.95)
# How many times the model is asked for a careful and for a thorough solution, and at most.
SAMPLES_CAREFUL = env.int("SAMPLES_CAREFUL", 4)
SAMPLES_THOROUGH = env.int("SAMPLES_THOROUGH", 8)
SAMPLES_MAX = env.int("SAMPLES_MAX", 32)
PROBLEM_MAX_CHARS = env.int("PROBLEM_MAX_CHARS", 8_000)
SYSTEM_PROMPT_MAX_CHARS = env.int("SYSTEM_PROMPT_MAX_CHARS", 4_000)
# Where programs run: auto (bubblewrap, else WebAssembly), bubblewrap, wasm, or none.
SANDBOX = env.str("SANDBOX", "auto")
# Boxes that stand at the same time in one process; 0 is one for each core.
SANDBOX_AT_ONCE = env.int("SANDBOX_AT_ONCE", 0)
TESTS_BUDGET_S = env.float("TESTS_BUDGET_S", 30.0)
# Where `manage.py evaluate` looks for suites by name, beside the project's own.
SUITES_DIR = Path(env.str("SUITES_DIR", "") or BASE_DIR.parent / "shared" / "data" / "suites")
LEASE_S = env.float("LEASE_S", 10.0)
REAP_EVERY_S = env.float("REAP_EVERY_S", 3.0)
MAX_INTERRUPTIONS = env.int("MAX_INTERRUPTIONS", 2)
FLUSH_EVERY_S = env.float("FLUSH_EVERY_S", 0.04)
FLUSH_CHARS = env.int("FLUSH_CHARS", 64)
CHECKPOINT_EVERY_S = env.float("CHECKPOINT_EVERY_S", 2.0)
# Every run ends: the longest answer (MAX_TOKENS) of a busy batch stays well below.
SOLVE_DEADLINE_S = env.float("SOLVE_DEADLINE_S", 7_200.0)
