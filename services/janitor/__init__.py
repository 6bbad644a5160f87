"""The janitor: puts back on the queue what is stuck, ends what is hopeless, removes what nobody needs any more."""
