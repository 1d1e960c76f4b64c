"""Says what is wrong with the structure of pages, one problem a line: validity, landmarks, headings, and what could run or be loaded.

    structure.py PAGE.html...
"""

import base64, hashlib, re, sys
import html5lib

# SVG has its own names for elements and attributes; a table, caption or figure of HTML is what it is.
ALLOWED = set("""html head meta title style body a header h1 h2 h3 h4 h5 p nav ul li main section div table caption thead tbody tr th td
figure span strong details summary article pre code footer svg desc line rect path text circle""".split())
VOID_OR_NESTED = {"style"}


def name(element):
    return element.tag.split("}")[-1] if isinstance(element.tag, str) else ""


def text(element):
    return "".join(element.itertext())


def check(path):
    problems = []
    source = open(path, encoding="utf-8").read()
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=False, namespaceHTMLElements=False)
    document = parser.parse(source)
    problems += [f"not valid HTML: {code} at {place}" for place, code, _ in parser.errors]
    elements = [element for element in document.iter() if name(element)]
    ids = [element.get("id") for element in elements if element.get("id")]
    problems += [f"id twice: {i}" for i in set(ids) if ids.count(i) > 1]
    for element in elements:
        if name(element) not in ALLOWED:
            problems.append(f"unexpected element: {name(element)}")
        for key, value in element.attrib.items():
            if key.startswith("on") or key in ("style", "src", "srcdoc", "action", "formaction", "background"):
                problems.append(f"attribute {key} of {name(element)}")
            if key.endswith("href") and not (value.startswith("#") and value[1:] in ids):
                problems.append(f"a link leads away: {value}")
            if key in ("aria-labelledby", "aria-describedby"):
                problems += [f"{key} names nothing: {part}" for part in value.split() if part not in ids]
    if re.search(r"(?i)url\s*\(|@import|expression\(", source):
        problems.append("the stylesheet loads something")
    hidden = re.search("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", source)
    if hidden:
        problems.append(f"hidden character U+{ord(hidden.group()):04X}")
    style = next(element for element in elements if name(element) == "style")
    digest = base64.b64encode(hashlib.sha256(text(style).encode()).digest()).decode()
    policy = next((e.get("content") for e in elements if e.get("http-equiv") == "Content-Security-Policy"), "")
    wanted = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    if policy != wanted:
        problems.append(f"another policy: {policy}")
    levels = [int(name(element)[1]) for element in elements if re.fullmatch("h[1-6]", name(element))]
    if levels[:1] != [1] or levels.count(1) != 1:
        problems.append(f"no single h1 first: {levels}")
    problems += [f"h{one} is followed by h{other}" for one, other in zip(levels, levels[1:]) if other > one + 1]
    for landmark in ["header", "nav", "main", "footer"]:
        if sum(name(element) == landmark for element in elements) != 1:
            problems.append(f"not one {landmark}")
    for figure in (element for element in elements if name(element) == "figure"):
        pictures = [e for e in figure.iter() if name(e) == "svg"]
        tables = [e for e in figure.iter() if name(e) == "table"]
        if len(pictures) != 2 or len(tables) != 1 or not all(e.get("role") == "img" for e in pictures):
            problems.append("a chart without its table")
        for picture in pictures:
            kinds = [name(child) for child in picture][:2]
            if kinds != ["title", "desc"]:
                problems.append("a picture without title and description")
    for table in (element for element in elements if name(element) == "table"):
        heads = [e for e in table.iter() if name(e) == "th"]
        if not heads or any(e.get("scope") not in ("col", "row") for e in heads):
            problems.append("a th without scope")
        widths = {len(list(row)) for row in table.iter() if name(row) == "tr"}
        if len(widths) > 1:
            problems.append(f"a table with rows of {sorted(widths)} cells")
        if not any(name(e) == "caption" and text(e).strip() for e in table.iter()):
            problems.append("a table without a caption")
    if document.get("lang") not in ("en", "ja"):
        problems.append("no language")
    return problems


if __name__ == "__main__":
    for path in sys.argv[1:]:
        for problem in check(path):
            print(f"{path}: {problem}")
