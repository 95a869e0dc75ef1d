# What zsh completes, asked of an interactive zsh on a terminal of its own, one match a line:
#   zsh complete.zsh SCRIPT LINE
zmodload zsh/zpty
zpty shell zsh -f -i

setup=$(mktemp)
trap 'rm -f $setup' EXIT
cat >$setup <<'SETUP'
PROMPT=
unset zle_bracketed_paste
autoload -U compinit
compinit -D -u
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
# A line stands before and behind the matches.
edge() { print -r -- '<edge>' }
compprefuncs=(edge)
comppostfuncs=(edge exit)
# Every match that any function adds is printed too.
compadd() {
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a hits
	builtin compadd -A hits "$@"
	local hit
	for hit in $hits; do print -r -- "$IPREFIX$hit"; done
	builtin compadd "$@"
}
SETUP
zpty -w shell "source $setup; source $1; print -r ready"
until zpty -r shell line && [[ $line == ready* ]]; do :; done

zpty -n -w shell "$2"$'\t'
edges=0
while zpty -r shell line; do
	line=${line//[[:cntrl:]]/}
	if [[ $line == *'<edge>'* ]]; then
		((++edges < 2)) || break
	elif ((edges == 1)); then
		print -r -- "$line"
	fi
done
zpty -d shell
