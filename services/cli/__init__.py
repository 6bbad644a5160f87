"""The commands of `content-exports`, for people and scripts."""
