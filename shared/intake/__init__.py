"""Content on its way in: a package or a folder of REST objects becomes rows and stored bytes."""
