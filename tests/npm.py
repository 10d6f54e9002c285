"""``python -m tests.npm …``: npm in ``frontend/``, with the Node that built the pages."""

import subprocess
import sys

from server.bootstrap import FRONTEND, install_node_modules, npm_command, one_at_a_time

if __name__ == "__main__":
    with one_at_a_time():
        npm, environ = npm_command()
        install_node_modules(npm, environ)
    sys.exit(subprocess.run([*npm, *sys.argv[1:]], cwd=FRONTEND, env=environ, check=False).returncode)
