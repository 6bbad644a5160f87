#!/bin/sh
# The words are those of MinIO: `server /data`. Objects are in memory.
exec /moto/bin/moto_server --host 0.0.0.0 --port 9000
