"""What output must not contain, and the effect of its commands if they are pasted."""
import csv, io, os, re, subprocess

# Controls but tab and line feed; C1; formats and fillers that nobody sees; controls of direction; tags; noncharacters.
INVISIBLE = [(0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160),
             (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
             (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)]
CARRIAGE_RETURN = (0x0D, 0x0D)
SAMPLES = [0x01, 0x07, 0x08, 0x0C, 0x1B, 0x7F, 0x80, 0x85, 0x9B, 0x9D, 0xAD, 0x34F, 0x61C, 0x115F, 0x17B4, 0x180E, 0x200B, 0x200D, 0x200E, 0x2028,
           0x2029, 0x202E, 0x2060, 0x2066, 0x2069, 0x206A, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0x1D173, 0xE0001, 0xE0041, 0xE007F, 0xE0100]
# Those that XML 1.0 lets through.
IN_XML = [code for code in SAMPLES if code >= 0x20]


def invisible(data, carriage_return=False):
    """Forbidden code points in an output, and bytes that are not UTF-8."""
    found = set()
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    ranges = INVISIBLE + ([] if carriage_return else [CARRIAGE_RETURN])
    for character in set(text):
        code = ord(character)
        if any(low <= code <= high for low, high in ranges) or 0xD800 <= code <= 0xDFFF:
            found.add(f"U+{code:04X}")
    return sorted(found)


def command_at(text, start):
    """The command that starts here, up to its visible end: the bracket or backquote before it, the line or the sentence."""
    before = text[:start].rstrip(" ")[-1:]
    closing = {"(": ")", "（": "）", "`": "`"}.get(text[start - 1:start] or "", None)
    is_line = before in ("", "\n")
    quote, depth, at = "", 0, start
    while at < len(text):
        character, following = text[at], text[at + 1:at + 2]
        if quote:
            if character == "\\" and quote == '"':
                at += 1
            elif character == quote:
                quote = ""
        elif character == "\\":
            at += 1
        elif character in "'\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif character == closing and not depth:
            break
        elif character == "\n" or (closing is None and not is_line and character in ".,;:" and following in ("", " ", "\n")) or character == "。":
            break
        at += 1
    return text[start:at]


def commands(text):
    """Everything that might be pasted: lines that start with a command, and commands in backquotes, brackets or sentences."""
    flat = re.sub(r"(?<=\S)\n {4,}", " ", text)
    return sorted({command_at(each, match.start()) for each in (text, flat) for match in re.finditer(r"(?<![\w./-])dmarcstat ", each)})


def strings(run, format):
    """All texts of an output as they are displayed."""
    if run.status:
        return [run.text]
    if format == "json":
        return [*json_strings(run.json()), run.err.decode("utf-8", "replace")]
    if format == "ndjson":
        return [*json_strings(run.ndjson()), run.err.decode("utf-8", "replace")]
    if format == "csv":
        rows = csv.reader(io.StringIO(run.out.decode("utf-8", "replace"), newline=""))
        return [*(cell for row in rows for cell in row), run.err.decode("utf-8", "replace")]
    return [run.out.decode("utf-8", "replace"), run.err.decode("utf-8", "replace")]


def json_strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from json_strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from json_strings(inner)


class PasteBoard:
    """A scratch folder with a stub `dmarcstat` on the path, where a shell runs commands."""

    def __init__(self, box):
        self.box = box
        self.stubs, self.folder = box.folder("stubs"), box.folder("paste")
        self.log = box.path("paste.log")
        stub = os.path.join(self.stubs, "dmarcstat")
        with open(stub, "w") as file:
            file.write("#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done >> \"$PASTE_LOG\"\nprintf '\\n' >> \"$PASTE_LOG\"\n")
        os.chmod(stub, 0o755)
        self.pasted = 0

    def paste(self, command, shell="bash"):
        """Runs a command in bash, which expands more than sh. Returns the files that it left in the folder, which should be none, and the arguments of the stub."""
        self.pasted += 1
        open(self.log, "wb").close()
        environment = {"PATH": f"{self.stubs}:/usr/bin:/bin", "HOME": self.folder, "PASTE_LOG": self.log}
        try:
            subprocess.run([shell, "-c", command], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=20)
        except (subprocess.TimeoutExpired, ValueError):
            pass
        left = sorted(os.listdir(self.folder))
        for name in left:
            path = os.path.join(self.folder, name)
            os.remove(path) if not os.path.isdir(path) else os.rmdir(path)
        with open(self.log, "rb") as file:
            words = [line.split(b"\0")[:-1] for line in file.read().split(b"\n") if line]
        return left, words
