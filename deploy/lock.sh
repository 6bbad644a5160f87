#!/bin/sh
# Write the locks anew, each library by version and hashes: requirements-dev.lock has everything, requirements.lock what
# runs, requirements-traces.lock what runs with the extra `traces`. `UPGRADE=1` takes newer versions.
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check pip-tools

# write NAME OPTION...: what is locked already keeps its version.
write() {
    lock=$1
    shift
    "$tools/bin/pip-compile" --quiet --allow-unsafe --generate-hashes --strip-extras \
        --no-emit-find-links --no-emit-index-url --no-emit-trusted-host --output-file="$lock" "$@" pyproject.toml
}

write requirements-dev.lock ${UPGRADE:+--upgrade} --extra=dev --extra=traces
# The others have the versions of the whole, and what builds this project.
cp requirements-dev.lock requirements.lock
write requirements.lock --build-deps-for=editable
cp requirements-dev.lock requirements-traces.lock
write requirements-traces.lock --build-deps-for=editable --extra=traces
