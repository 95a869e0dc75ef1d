/* The command line: finds what is asked for, and has it done here or by the server that has the
 * site open. Each command is a file of this room; none holds a rule of the newsroom. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "server/command.h"

extern const struct command_table cli_commands;

/* The whole program; returns the exit code. */
int cli_main(int argc, char **argv);

#endif
