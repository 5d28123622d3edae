"""What the asynchronous functions of the program keep in the memory of a task while they wait.

The compiler writes the size of such a frame beside each function. A waiting request holds those of
all functions on its road; a small function that is inlined into one of them may add its locals.
"""
import re
import struct
import subprocess

SUFFIX = "Tu"


def sections(binary):
    """The sections of an ELF file: address, offset in the file, size."""
    text = subprocess.run(["readelf", "-SW", binary], capture_output=True, text=True, check=True)
    row = re.compile(r"^\s*\[\s*\d+\] \S+\s+\S+\s+([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+)", re.M)
    return [[int(number, 16) for number in found] for found in row.findall(text.stdout)]


def frames(binary):
    """The sizes in bytes and the names, the largest first."""
    content = open(binary, "rb").read()
    places = [place for place in sections(binary) if place[0]]
    table = subprocess.run(["nm", binary], capture_output=True, text=True, check=True).stdout
    rows = []
    for address, _, name in (line.rsplit(" ", 2) for line in table.splitlines()):
        if not name.endswith(SUFFIX):
            continue
        for start, offset, size in places:
            if start <= int(address, 16) < start + size:
                place = int(address, 16) - start + offset + 4
                rows.append((struct.unpack_from("<I", content, place)[0], name[:-len(SUFFIX)]))
    return sorted(rows, reverse=True)


def readable(names):
    """The names as the source has them, where Swift's tools are there."""
    try:
        output = subprocess.run(
            ["swift", "demangle", "--simplified", "--compact"], input="\n".join(names),
            capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        return names
    return output.split("\n")


def show(binary, count=25):
    """Prints the largest frames."""
    rows = frames(binary)[:count]
    for (size, _), name in zip(rows, readable([name for _, name in rows])):
        print(f"{size:6} bytes  {name}")
