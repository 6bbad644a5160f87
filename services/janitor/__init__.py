"""The janitor: requeues what is stuck, ends what has used up its attempts, removes what is no longer needed."""
