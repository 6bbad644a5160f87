#!/bin/sh
# Write requirements.lock anew: every library and tool, each by version and hashes. `UPGRADE=1` takes newer versions.
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check pip-tools
"$tools/bin/pip-compile" --quiet ${UPGRADE:+--upgrade} --allow-unsafe --extra=dev --extra=traces --generate-hashes --strip-extras \
    --no-emit-find-links --no-emit-index-url --no-emit-trusted-host --output-file=requirements.lock pyproject.toml
