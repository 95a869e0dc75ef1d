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

as_root() {
	if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# The same, for packages whose servers are wanted as programs: what is installed here is not started,
# now or at the next boot. What was there before stays as it is.
packages_need_without_services() {
	local services=none
	packages_need "$@"
}

# The units that packages have brought.
packages_units() {
	find /lib/systemd/system -maxdepth 1 -name '*.service' -printf '%f\n' | sort
}

# Installs, and keeps what comes with it from being started.
packages_apt_without_services() {
	local policy=/usr/sbin/policy-rc.d before unit
	before=$(packages_units)
	if [[ ! -e $policy ]]; then
		trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
		# invoke-rc.d(8): 101 is "not allowed".
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	packages_apt "$@" || return 1
	if [[ -n $(trap -p EXIT) ]]; then
		as_root rm -f "$policy"
		trap - EXIT
	fi
	comm -13 <(echo "$before") <(packages_units) | while read -r unit; do
		as_root deb-systemd-helper disable "$unit" >/dev/null
	done
}

packages_apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "$@" </dev/null >"${TMPDIR:-/tmp}/courant-apt-$UID.log" 2>&1
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

	[[ $EUID -eq 0 ]] || command -v sudo >/dev/null ||
		die "these Debian packages are missing: install them as root with apt-get install ${missing[*]}"
	echo "Installing Debian packages: ${missing[*]}"
	as_root apt-get update -qq ||
		die "apt-get update failed: check the network and /etc/apt/sources.list, then try again"
	local apt=packages_apt
	[[ ${services:-} != none ]] || apt=packages_apt_without_services
	$apt "${missing[@]}" ||
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
