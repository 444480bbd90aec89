#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a person at an interactive bash, who uses the keys of job control.

run_jobs.py PART WORDS...: WORDS are "lxinstall run NAME" with its options. Prints what went well.
"""
import os
import shlex
import sys
import time

from run_terminal import Terminal

PROMPT = b"<prompt>"
# What is said is echoed: an answer must not stand in the question.
UP = "echo ru''nning; "
ECHO = UP + "while read -r x; do echo \"<$x>\"; done"
LOOP = "while :; do sleep 0.1; done"


class Person(Terminal):
    def __init__(self, words):
        super().__init__(["bash", "--norc", "--noprofile", "-i"])
        self.run = shlex.join(words)
        self.line("PS1='<pro''mpt>'; bind 'set enable-bracketed-paste off' 2>/dev/null")
        self.wait(PROMPT)

    def line(self, text):
        self.say(text.encode() + b"\n")

    def ask(self, question, answer):
        self.line(question)
        self.wait(answer.encode() + b"\r\n")

    def stop(self):
        self.say(b"\x1a")
        self.wait(b"Stopped")
        self.wait(PROMPT)

    def go_on(self):
        """Until the job has the terminal: a key before that would be bash's."""
        self.line("fg")
        self.wait(b"fg\r\n")
        while os.tcgetpgrp(self.fd) == self.child:
            time.sleep(0.01)

    def is_status(self, status):
        self.wait(PROMPT)
        self.ask("echo r''c=$?", f"rc={status}")
        self.wait(PROMPT)


def sleeping(person):
    """Ctrl-Z stops a command that is no shell, and the run with it; fg goes on; Ctrl-C ends it."""
    person.ask(f"{person.run} -- sh -c \"{UP} exec sleep 1000\"", "running")
    person.stop()
    person.go_on()
    person.say(b"\x03")
    person.is_status(130)


def echoing(person):
    """What was stopped has lost nothing: input and output go on, and the end of input."""
    person.ask(f"{person.run} -- {shlex.join(['sh', '-c', ECHO])}", "running")
    for word in ("one", "two"):
        person.ask(word, f"<{word}>")
        person.stop()
        person.go_on()
    person.ask("three", "<three>")
    person.say(b"\x04")
    person.is_status(0)


def suspending(person):
    """A command that stops itself, as an editor does whose key Ctrl-Z is."""
    line = UP + "kill -TSTP $$; echo ba''ck; exit 3"
    person.ask(f"{person.run} --user me -- {shlex.join(['sh', '-c', line])}", "running")
    person.wait(b"Stopped")
    person.wait(PROMPT)
    person.ask("fg", "back")
    person.is_status(3)


def resizing(person):
    """A new size is told."""
    line = "trap 'echo WIN''CH; stty size; exit 4' WINCH; " + UP + LOOP
    person.ask(f"{person.run} -- {shlex.join(['sh', '-c', line])}", "running")
    person.resize(30, 90)
    person.wait(b"WINCH\r\n30 90\r\n")
    person.is_status(4)


def inside(person):
    """In a shell Ctrl-Z and Ctrl-C are its job's, and so is a new size."""
    person.line("PS1='<ins''ide>'")
    person.wait(b"<inside>")
    person.ask(shlex.join(["sh", "-c", "trap 'echo CO''NT' CONT; " + UP + LOOP]), "running")
    person.say(b"\x1a")
    person.wait(b"Stopped")
    person.wait(b"<inside>")
    person.ask("fg", "CONT")
    person.say(b"\x03")
    person.wait(b"<inside>")
    person.ask("echo r''c=$?", "rc=130")
    person.ask(shlex.join(["sh", "-c", "trap 'echo WIN''CH; exit' WINCH; " + UP + LOOP]), "running")
    person.resize(40, 120)
    person.wait(b"WINCH\r\n")
    person.ask("stty size", "40 120")
    person.line("exit 6")
    person.is_status(6)


def first(person):
    """A first-run command, which asks, is stopped, goes on, and is interrupted: it stays. Answered, it
    makes the user whose the shell then is."""
    person.ask(person.run, "asking")
    person.ask("one", "<one>")
    person.stop()
    person.go_on()
    person.ask("two", "<two>")
    person.say(b"\x03")
    person.wait(b"first-run command ended with 130, so no shell is started; it runs again at the next start")
    person.is_status(130)
    person.ask(person.run, "asking")
    person.ask("done", "<done>")
    person.wait(b"$ ")
    person.ask("id -u", "1000")
    inside(person)


def again(person):
    """The shell is there at once."""
    person.line(person.run)
    if b"asking" in person.wait(b"$ "):
        sys.exit("the first-run command runs again")
    person.ask("id -u; exit 3", "1000")
    person.is_status(3)


def main():
    parts = {part.__name__: part for part in (sleeping, echoing, suspending, resizing, first, again)}
    wanted = sys.argv[1].split(",")
    person = Person(sys.argv[2:])
    for name in wanted:
        parts[name](person)
    print("well")


if __name__ == "__main__":
    main()
