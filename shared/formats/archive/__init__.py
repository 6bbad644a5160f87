"""Archives: the zip writer that every package goes through, and the plain zip of files and folders."""
