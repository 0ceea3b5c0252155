"""Ctrl-C works in the programs that these tests start."""

import signal

# A shell that runs the tests in the background has them ignore it, and every program they start inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
