#!/usr/bin/env bash
# Makes one static binary for each system, with checksums, in dist/. The same source gives the same bytes:
#   docs/deploy/release.sh [dist]
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-dist}
mkdir -p "$out"
for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do
  name="$out/mobile3batch-${target%/*}-${target#*/}"
  [ "${target%/*}" = windows ] && name+=.exe
  CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} go build -trimpath -buildvcs=false -ldflags '-s -w -buildid=' -o "$name" .
  echo "$name"
done
cd "$out"
if command -v sha256sum >/dev/null; then sha256sum mobile3batch-* > SHA256SUMS; else shasum -a 256 mobile3batch-* > SHA256SUMS; fi
