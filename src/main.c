#include <locale.h>
#include <signal.h>

#include "base/random.h"
#include "cli/cli.h"

int main(int argc, char **argv)
{
	/* Numbers and messages do not depend on the machine; readers' words are i18n's. */
	(void)setlocale(LC_ALL, "C");
	/* A reader or a pipe that has gone is an error of the write, not the end of the server. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* So is a file that may not grow: the database then takes it as a failed disk. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (!random_start()) {
		fputs("courant: this machine gives no random numbers\n", stderr);
		return EXIT_REFUSED;
	}
	return cli_main(argc, argv);
}
