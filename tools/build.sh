#!/usr/bin/env bash
# tools/build.sh NAME [TARGET…]: makes build/NAME, set up anew when its options or its place have
# changed. With "--setup" as the only target it is set up and not built.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
name=$1
shift

compiler=gcc
options=(-Ddebug=true --werror)
case $name in
release) options+=(-Doptimization=2 -Dtests=false) ;;
asan) options+=(-Doptimization=1 -Db_sanitize='address,undefined') ;;
tsan) options+=(-Doptimization=1 -Db_sanitize=thread) ;;
clang)
	# Only compiled, for its warnings and for clang-tidy.
	compiler=clang
	options+=(-Doptimization=2)
	;;
fuzz)
	compiler=clang
	options+=(-Doptimization=1 -Db_sanitize='address,undefined' -Db_lundef=false -Dfuzz=true)
	;;
*)
	echo "build.sh: there is no build called \"$name\"" >&2
	exit 1
	;;
esac

folder=$root/build/$name
mkdir -p "$root/build"
# One build a folder at a time, whoever asks; ninja keeps the lock until it ends.
exec {lock}>"$root/build/.$name.lock"
flock "$lock"

# An existing folder would keep the old default_options of project(), so they count too.
setup="$root $compiler ${options[*]} $(sed -n '/^project(/,/^ *\])/p' "$root/meson.build")"
if [[ ! -f $folder/build.ninja ]] || [[ $(cat "$folder/.setup" 2>/dev/null) != "$setup" ]]; then
	rm -rf "$folder"
	if ! CC=$compiler CFLAGS='' LDFLAGS='' meson setup "${options[@]}" "$folder" "$root" \
		>"$root/build/.$name.log" 2>&1 {lock}>&-; then
		grep -E 'ERROR|error:' "$root/build/.$name.log" >&2 || cat "$root/build/.$name.log" >&2
		echo "build.sh: Meson could not set up build/$name: see build/.$name.log" >&2
		exit 1
	fi
	echo "$setup" >"$folder/.setup"
fi
[[ ${1:-} != --setup ]] || exit 0
quiet=(--quiet)
if [[ -t 1 || -n ${COURANT_BUILD_SHOWN:-} ]]; then
	# Somebody looks on: they see how far it is, and nothing where there is nothing to do.
	quiet=()
	! ninja -C "$folder" -n "$@" | grep -F 'no work to do' >/dev/null || exit 0
fi
exec ninja -C "$folder" "${quiet[@]}" "$@"
