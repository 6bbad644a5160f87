"""What two services must agree on: words, wire, formats, adapters, the worker's job."""
