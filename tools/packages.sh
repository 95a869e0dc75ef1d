# Sourced by dev: installs Debian packages that are missing, and asks nobody when none is.
# shellcheck shell=bash
: "${root:?the root of the source tree}"

# packages_need LIST…: what packages/LIST.txt names is installed when this returns.
packages_need() {
	local list wanted=()
	for list in "$@"; do
		while read -r name; do
			[[ -z $name || $name == \#* ]] || wanted+=("$name")
		done <"$root/packages/$list.txt"
	done
	packages_install "${wanted[@]}"
}

packages_install() {
	local installed missing=() name
	command -v dpkg-query >/dev/null ||
		die "this needs a Debian 12 system; elsewhere, install what packages/*.txt names and build with Meson"
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
	for name in "$@"; do
		grep -qxF "installed $name" <<<"$installed" || missing+=("$name")
	done
	[[ ${#missing[@]} -gt 0 ]] || return 0

	local as_root=()
	if [[ $EUID -ne 0 ]]; then
		command -v sudo >/dev/null ||
			die "these Debian packages are missing: install them as root with apt-get install ${missing[*]}"
		as_root=(sudo)
	fi
	echo "Installing Debian packages: ${missing[*]}"
	"${as_root[@]}" apt-get update -qq ||
		die "apt-get update failed: check the network and /etc/apt/sources.list, then try again"
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "${missing[@]}" </dev/null >"${TMPDIR:-/tmp}/courant-apt-$UID.log" 2>&1 ||
		die "installing ${missing[*]} failed: $(tail -n 1 "${TMPDIR:-/tmp}/courant-apt-$UID.log")"
}

# Node.js 18 or later with npm: what is there, else Debian's.
packages_need_node() {
	local major
	major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p') || true
	if [[ -z $major ]]; then
		packages_install nodejs npm
	elif [[ $major -lt 18 ]]; then
		die "the node on the PATH is version $major, and tests need 18 or later: take it off the PATH or upgrade it"
	elif ! command -v npm >/dev/null; then
		packages_install npm
	fi
}

# Any Java that is there, else Debian's, for the HTML validator.
packages_need_java() {
	command -v java >/dev/null || packages_install default-jre-headless
}
