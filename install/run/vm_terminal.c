/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_terminal.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    ROWS_DEFAULT = 24,
    COLUMNS_DEFAULT = 80,
};

int terminal_raw(struct terminal *terminal, struct error *err)
{
    if (tcgetattr(STDIN_FILENO, &terminal->before) < 0)
        return error_errno(err, errno, "read the terminal's settings");
    struct termios raw = terminal->before;
    cfmakeraw(&raw);
    while (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0) {
        if (errno != EINTR)
            return error_errno(err, errno, "change the terminal's settings");
    }
    terminal->raw = true;
    return 0;
}

void terminal_restore(struct terminal *terminal)
{
    if (terminal->raw)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before);
    terminal->raw = false;
}

int terminal_suspend(struct terminal *terminal, struct error *err)
{
    terminal_restore(terminal);
    kill(0, SIGTSTP); /* all of the job, as the terminal does it */
    return terminal_raw(terminal, err);
}

void terminal_size(unsigned *rows, unsigned *columns)
{
    struct winsize size;
    bool known = ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col;
    *rows = known ? size.ws_row : ROWS_DEFAULT;
    *columns = known ? size.ws_col : COLUMNS_DEFAULT;
}
