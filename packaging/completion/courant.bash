# Completion of courant for bash: the program says what may come. It knows its commands, and asks
# the site that is named for its sections, tags and stories.

_courant() {
	local joined=() word line strip=
	local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
	# bash parts --name=value in three; the program wants it whole.
	for word in "${words[@]}"; do
		if ((${#joined[@]} > 0)) && [[ $word == = || ${joined[-1]} == *= ]]; then
			joined[-1]+=$word
		else
			joined+=("$word")
		fi
	done
	local current=${joined[-1]}
	[[ $current != *=* || ${COMP_WORDS[COMP_CWORD]} == "$current" ]] || strip=${current%%=*}=
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files | :folders)
			compopt -o filenames 2>/dev/null
			[[ $line == :files ]] && word=-f || word=-d
			mapfile -t COMPREPLY < <(compgen "$word" -- "${current#"$strip"}")
			;;
		*)
			line=${line%%$'\t'*}
			COMPREPLY+=("${line#"$strip"}")
			;;
		esac
	done < <("$1" --complete "${joined[@]}" 2>/dev/null)
}
complete -F _courant courant
