#compdef courant
# Completion of courant for zsh: the program says what may come. It knows its commands, and asks
# the site that is named for its sections, tags and stories.

_courant() {
	local line value sentence
	local -a candidates
	for line in "${(@f)$("${(Q)words[1]}" --complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
		case $line in
		(:files)
			compset -P '--*='
			_files
			return
			;;
		(:folders)
			compset -P '--*='
			_files -/
			return
			;;
		(?*)
			value=${line%%$'\t'*}
			sentence=${line#"$value"}
			candidates+=("${value//:/\\:}${sentence:+:${sentence#$'\t'}}")
			;;
		esac
	done
	_describe courant candidates
}

# As a file of $fpath it is called at once; where it was sourced it is given to compdef.
if [[ $funcstack[1] == _courant ]]; then
	_courant "$@"
else
	compdef _courant courant
fi
