"""`make containers`: the image and the compose file, really started."""
