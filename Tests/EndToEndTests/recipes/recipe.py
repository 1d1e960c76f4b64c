"""Reads recipes in Markdown: the files that they show, the commands, and what these print."""

import re


class Block:
    """Lines indented by four spaces. `kind` is `file`, `commands`, `sql` or `untried`."""

    def __init__(self, kind, lines, path=None, appends=False):
        self.kind, self.lines, self.path, self.appends = kind, lines, path, appends

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    def commands(self):
        """Each command with the output shown below it; only commands after `$` have any."""
        commands = []
        continues = False
        has_prompts = any(line.startswith("$ ") for line in self.lines)
        for line in self.lines:
            if continues:
                commands[-1][0] += "\n" + line
            elif not has_prompts or line.startswith("$ "):
                commands.append([line.removeprefix("$ "), []])
            else:
                commands[-1][1].append(line)
                continue
            continues = line.endswith("\\")
        return commands


def blocks(text):
    """The blocks of a recipe. The line before one names the file: "Append to `/etc/postfix/master.cf`:"."""
    found, lines, before = [], [], ""
    for line in text.split("\n") + [""]:
        if line.startswith("    ") or (lines and not line):
            lines.append(line[4:])
            continue
        if lines:
            while lines and not lines[-1]:
                lines.pop()
            found.append(block(before, lines))
            lines = []
        if line:
            before = line
    return found


def block(before, lines):
    if before.startswith("<!-- not run"):
        return Block("untried", lines)
    path = re.search(r"`([^` ]*/[^` ]*)`[^`]*:$", before)
    if path:
        return Block("file", lines, path[1], "ppend" in before)
    if re.match(r"(SELECT|WITH)\b", lines[0]):
        return Block("sql", lines)
    return Block("commands", lines)


def is_shown(shown, output):
    """Whether a shown line is in the output: `...` stands for anything, and white space does not count."""
    words = [".*?" if word == "..." else re.escape(word) for word in shown.split()]
    pattern = r"\s+".join(words).replace(r"\s+.*?\s+", r"\s.*?\s").replace(r"\s+.*?", r"\s.*?").replace(r".*?\s+", r".*?\s")
    return re.search(rf"(?<!\S){pattern}", output, re.DOTALL) is not None
