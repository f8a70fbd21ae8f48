"""What holds for all tests."""

import os
import tempfile

# Two test processes on two cores: with a pool of threads each, torch's small products only wait for each
# other. Set before torch is imported, and inherited by every engine that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What the program remembers of a user is not that of whoever runs the tests; inherited by every program.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gatescope-state-")
