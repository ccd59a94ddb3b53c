"""How numpy does its sums in a process of the box."""

import os


def on_one_thread() -> None:
    """One thread each: matrices here are small, and several threads would wait for each other, in the hall's way.

    To be called before numpy is loaded, which reads this then.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
