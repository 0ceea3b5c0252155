"""The states of an action and of a webhook delivery. Plain words, as people read them in lists."""

TOLD = "told"  # nothing to send: the decision's note, or the answer, says it
WAITING = "waiting"  # a person decides first
DUE = "due"  # to be sent, at its time
SENDING = "sending"  # claimed; found in this state at the start, nobody knows whether it reached the CRM
DONE = "done"
PARKED = "parked"  # it will not go on by itself; a person retries or drops it
DROPPED = "dropped"  # a person decided against it
