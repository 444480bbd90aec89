#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command that ends in a shell on a terminal, and talks to it: prints what went well."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

LIMIT = 240


class Terminal:
    def __init__(self, command):
        self.said = b""
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.execvp(command[0], command)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait(self, text):
        """Up to text, which stays unread no longer; what was before it."""
        end = time.time() + LIMIT
        while text not in self.said:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.time()))
            try:
                some = os.read(self.fd, 4096) if ready else b""
            except OSError:
                some = b""
            if not some:
                os.kill(self.child, 9)
                sys.exit(f"no {text!r} in {self.said!r}")
            self.said += some
        before, _, self.said = self.said.partition(text)
        return before

    def say(self, line):
        os.write(self.fd, line)


def main():
    terminal = Terminal(sys.argv[1:])
    terminal.resize(33, 101)
    # What is said is echoed: an answer must not stand in the question.
    terminal.say(b"echo rea''dy; stty size\n")
    terminal.wait(b"ready\r\n")
    terminal.wait(b"33 101")
    done = ["size"]
    # The new size arrives a moment later: asked for until it has.
    terminal.resize(40, 120)
    terminal.say(b"until [ \"$(stty size)\" = '40 120' ]; do sleep 0.1; done; echo resi''zed\n")
    terminal.wait(b"resized")
    done.append("resize")
    # A shell with a trap: whenever Ctrl-C comes, and to whichever of its processes, it answers.
    terminal.say(b"sh -c 'trap \"echo cau\"\"ght; exit 42\" INT; echo slee\"\"ping;"
                 b" while :; do sleep 1; done'\n")
    terminal.wait(b"sleeping")
    terminal.say(b"\x03")
    terminal.wait(b"caught")
    terminal.say(b"echo r''c=$?\n")
    terminal.wait(b"rc=42")
    done.append("interrupt")
    terminal.say(b"exit 5\n")
    while True:
        try:
            if not os.read(terminal.fd, 4096):
                break
        except OSError:
            break
    if os.waitstatus_to_exitcode(os.waitpid(terminal.child, 0)[1]) == 5:
        done.append("status")
    print(", ".join(done))


if __name__ == "__main__":
    main()
