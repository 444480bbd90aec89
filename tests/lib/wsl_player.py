#!/usr/bin/env -S python3 -IS
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays wsl.exe and reg.exe, as they show themselves inside WSL; which one, its name says.

The registry is the file registry.json in $WSL_PLAYER, drive C: the directory c there. What it does:
UTF-16LE with CRLF unless WSL_UTF8=1 comes through WSLENV; errors on standard output with a line
"Error code: ..." and 255; the checks of microsoft/WSL's LxssUserSession.cpp. Moods, as files in
$WSL_PLAYER: old (knows no WSL_UTF8), german, hang, slow, dumb (knows no --import-in-place).
"""

import json
import os
import re
import shutil
import sys
import time

HOME = os.environ["WSL_PLAYER"]
C = os.path.join(HOME, "c")
LXSS = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Lxss"
LINUX = r"\\wsl.localhost\Debian"


def mood(name):
    return os.path.exists(os.path.join(HOME, name))


# ---- paths ----


def linux(path):
    path = path.removeprefix("\\\\?\\")
    if path.startswith(LINUX):
        return path[len(LINUX) :].replace("\\", "/")
    if path[:3].upper() == "C:\\":
        return os.path.join(C, path[3:].replace("\\", "/"))
    return None


# ---- the registry: {key: {name: text, number or list of texts}} ----


def load():
    with open(os.path.join(HOME, "registry.json"), encoding="utf-8") as file:
        return json.load(file)


def store(registry):
    path = os.path.join(HOME, "registry.json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(registry, file, indent=1)
    os.rename(path + ".new", path)


def reg(verb, *words):
    registry = load()
    if verb == "export":
        key, path = words[0], linux(words[1])
        keys = [k for k in registry if (k + "\\").lower().startswith(key.lower() + "\\")]
        if not keys or "/y" not in words:
            print("ERROR: The system was unable to find the specified registry key or value.", file=sys.stderr)
            return 1
        lines = ["Windows Registry Editor Version 5.00", ""]
        for k in keys:
            lines.append(f"[{k}]")
            for name, value in registry[k].items():
                if isinstance(value, int):
                    lines.append(f'"{name}"=dword:{value:08x}')
                elif isinstance(value, list):
                    raw = "".join(text + "\0" for text in value + [""]).encode("utf-16-le")
                    text = ",".join(f"{b:02x}" for b in raw)
                    lines.append(f'"{name}"=hex(7):' + "\\\r\n  ".join(re.findall(".{1,60}", text)))
                else:
                    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
                    lines.append(f'"{name}"="{quoted}"')
            lines.append("")
        with open(path, "wb") as out:
            out.write(b"\xff\xfe" + "\r\n".join(lines + [""]).encode("utf-16-le"))
        return 0
    with open(linux(words[0]), "rb") as file:
        raw = file.read()
    text = raw.decode("utf-16")
    if not raw.startswith(b"\xff\xfe") or not text.startswith("Windows Registry Editor Version 5.00\r\n\r\n"):
        return 1
    for line in text.replace("\\\r\n  ", "").split("\r\n")[1:]:
        if line.startswith("["):
            key = line[1:-1]
            registry.setdefault(key, {})
        elif line:
            name, value = re.fullmatch(r'"((?:[^"\\]|\\.)*)"=(.*)', line).groups()
            if value == "-":
                registry[key].pop(name, None)
            elif value.startswith("dword:"):
                registry[key][name] = int(value[6:], 16)
            elif value.startswith("hex(7):"):
                raw = bytes.fromhex(value[7:].replace(",", ""))
                registry[key][name] = raw.decode("utf-16-le").removesuffix("\0").split("\0")[:-1]
            else:
                registry[key][name] = re.sub(r"\\(.)", r"\1", value[1:-1])
    store(registry)
    print("The operation completed successfully.")
    return 0


# ---- wsl.exe ----


class Refused(Exception):
    def __init__(self, text, code):
        super().__init__(text)
        self.text, self.code = text, code


def say(text):
    utf8 = os.environ.get("WSL_UTF8") == "1" and "WSL_UTF8" in os.environ.get("WSLENV", "").split(":")
    text = text.replace("\n", "\r\n")
    sys.stdout.buffer.write(text.encode("utf-8" if utf8 and not mood("old") else "utf-16-le"))


def distributions(registry):
    return {key: values for key, values in registry.items() if re.fullmatch(re.escape(LXSS) + r"\\\{[0-9a-f-]{36}\}", key)}


def find(registry, name):
    for key, values in distributions(registry).items():
        if values["DistributionName"].lower() == name.lower():
            return key
    text = "Es gibt keine Distribution mit dem angegebenen Namen." if mood("german") else "There is no distribution with the supplied name."
    raise Refused(text, "Wsl/Service/WSL_E_DISTRO_NOT_FOUND")


def register(registry, name, values):
    step = "Wsl/Service/RegisterDistro/"
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,256}", name) or name.lower() == "legacy":
        raise Refused(f"Invalid distribution name: {name}", step + "E_INVALIDARG")
    for other in distributions(registry).values():
        if other["DistributionName"].lower() == name.lower():
            raise Refused("A distribution with the supplied name already exists.", step + "ERROR_ALREADY_EXISTS")
        if os.path.realpath(linux(other["BasePath"]) or "/nowhere") == os.path.realpath(linux(values["BasePath"])):
            raise Refused("The supplied install location is already in use.", step + "ERROR_FILE_EXISTS")
    raw = os.urandom(16).hex()
    guid = "{" + "-".join([raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]]) + "}"
    top = registry.setdefault(LXSS, {})
    if f"{LXSS}\\{top.get('DefaultDistribution')}" not in registry:
        top["DefaultDistribution"] = guid
    registry[f"{LXSS}\\{guid}"] = {"DistributionName": name, "DefaultUid": 0, "RunOOBE": 0, "State": 1, "Version": 2, "Modern": 1, **values}
    store(registry)


def import_in_place(registry, name, path):
    step = "Wsl/Service/RegisterDistro/"
    file = linux(path)
    if file is None or path.startswith(LINUX):
        raise Refused(f"Failed to attach disk '{path}' to WSL2", step + "MountDisk/HCS/ERROR_NOT_SUPPORTED")
    if not path.lower().endswith((".vhdx", ".vhd")):
        raise Refused("The parameter is incorrect.", step + "E_INVALIDARG")
    if not os.path.exists(file):
        raise Refused("The system cannot find the file specified.", "Wsl/ERROR_FILE_NOT_FOUND")
    if os.path.exists(file + ".open"):
        raise Refused(f"Failed to attach disk '\\\\?\\{path}' to WSL2: The process cannot access the file because it is being used by another process.", step + "MountDisk/HCS/ERROR_SHARING_VIOLATION")
    with open(file, "rb") as disk:
        if disk.read(8) != b"vhdxfile":
            raise Refused("The imported disk is corrupted.", step + "WSL_E_DISK_CORRUPTED")
    base, _, disk = path.rpartition("\\")
    register(registry, name, {"BasePath": "\\\\?\\" + base, "VhdFileName": disk, "Flags": 15})


def import_archive(registry, name, place, file, option=None, version="2"):
    if option != "--version" or version != "1":
        raise Refused("The player plays version 1 only.", "Wsl/E_NOTIMPL")
    tree = os.path.join(linux(place), "rootfs")
    os.makedirs(linux(place), exist_ok=True)
    if os.path.exists(tree):
        raise Refused("The file exists.", "Wsl/Service/RegisterDistro/ERROR_FILE_EXISTS")
    import tarfile  # slow to load

    try:
        with tarfile.open(linux(file)) as archive:
            archive.extractall(tree)
    except tarfile.TarError:
        shutil.rmtree(tree, ignore_errors=True)
        raise Refused("Importing the distribution failed.", "Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED") from None
    register(registry, name, {"BasePath": place, "VhdFileName": "ext4.vhdx", "Flags": 7})


def unregister(registry, name):
    key = find(registry, name)
    values = registry.pop(key)
    base = linux(values["BasePath"])
    if base:
        shutil.rmtree(os.path.join(base, "rootfs"), ignore_errors=True)
        try:
            os.unlink(os.path.join(base, values["VhdFileName"]))
        except FileNotFoundError:
            pass
        try:
            os.rmdir(base)
        except OSError:
            pass
    if registry[LXSS].get("DefaultDistribution") == key[len(LXSS) + 1 :]:
        registry[LXSS].pop("DefaultDistribution")
        for other in distributions(registry):
            registry[LXSS]["DefaultDistribution"] = other[len(LXSS) + 1 :]
            break
    store(registry)


def listing(registry):
    rows = [(key, v["DistributionName"]) for key, v in distributions(registry).items() if v.get("State") == 1]
    if not rows:
        say("Windows Subsystem for Linux has no installed distributions.\nYou can resolve this by installing one.\n")
        return 255
    width = max(len(name) for _, name in rows)
    say(f"  {'NAME':{width + 4}}{'STATE':16}VERSION\n")
    for key, name in rows:
        star = "*" if key.endswith(registry[LXSS].get("DefaultDistribution", "-")) else " "
        state = "Running" if mood(f"running-{name}") else "Stopped"
        version = 2 if registry[key]["Flags"] & 8 else 1
        say(f"{star} {name:{width + 4}}{state:16}{version}\n")
    return 0


def wsl(verb="", *words):
    with open(os.environ["WSL_PLAYER_CALLS"], "a", encoding="utf-8") as calls:
        print(verb, *words, file=calls)
    if mood("hang"):
        os.system("echo $$ >$WSL_PLAYER_CALLS.child; exec sleep 1000")
    if mood("slow"):
        time.sleep(1)
    registry = load()
    try:
        if verb == "--list" and words == ("--verbose",):
            return listing(registry)
        if verb == "--import-in-place" and not mood("dumb"):
            import_in_place(registry, *words)
        elif verb == "--import":
            import_archive(registry, *words)
        elif verb == "--unregister":
            unregister(registry, *words)
        elif verb == "--terminate":
            find(registry, *words)
            if mood(f"running-{words[0]}"):
                os.unlink(os.path.join(HOME, f"running-{words[0]}"))
        elif verb == "--set-default":
            registry[LXSS]["DefaultDistribution"] = find(registry, *words)[len(LXSS) + 1 :]
            store(registry)
        else:
            say("Copyright (c) Microsoft Corporation. All rights reserved.\nUsage: wsl.exe [Argument] ...\n")
            return 255
    except Refused as refused:
        say(f"{refused.text}\nError code: {refused.code}\n")
        return 255
    say("The operation completed successfully. \n")
    return 0


def main():
    name = os.path.basename(sys.argv[0])
    sys.exit({"wsl.exe": wsl, "reg.exe": reg}[name](*sys.argv[1:]))


main()
