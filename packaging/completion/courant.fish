# Completion of courant for fish: the program says what may come. It knows its commands, and asks
# the site that is named for its sections, tags and stories.

function __courant_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l prefix (string match -r -- '^--[^=]*=' $words[-1])
    set -l path (string replace -r -- '^--[^=]*=' '' $words[-1])
    for line in ($words[1] --complete $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                printf "$prefix%s\n" (__fish_complete_path $path)
            case :folders
                printf "$prefix%s\n" (__fish_complete_directories $path)
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c courant -f -a '(__courant_complete)'
