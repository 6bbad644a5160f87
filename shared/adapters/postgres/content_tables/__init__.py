"""The tables of content: read for exports, written by loads and messages, staged by syncs."""
