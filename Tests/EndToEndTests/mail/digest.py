"""Reads a digest as mail programs do: with Python's parser of email, and its HTML in headless Chromium. It says what is wrong, one
problem a line, and writes the parts beside the message as NAME.html and NAME.txt.

    digest.py MESSAGE PROFILE_FOLDER
"""

import email, email.policy, os, re, sys
from urllib.parse import urlparse

import html5lib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "page"))
from browser import CONTRAST, Browser

ALLOWED = {"html", "head", "meta", "title", "body", "table", "thead", "tbody", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "p", "ul",
           "li", "strong", "code", "pre"}
LAYOUT = """
(() => {
  const problems = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) problems.push(`scrolls to the side: ${document.documentElement.scrollWidth}`);
  for (const e of document.body.querySelectorAll('table table, table table *')) {
    const box = e.getBoundingClientRect();
    if (box.width > 641) problems.push(`wider than 640: ${e.tagName} ${box.width}`);
    if (box.right > width + 1) problems.push(`beyond the window: ${e.tagName} "${e.textContent.slice(0, 40)}" ${box.right}`);
  }
  return problems;
})()
"""


def bare(text):
    """The letters and digits of a text: the forms have their own marks and line ends."""
    return "".join(c for c in text if c.isalnum())


def structure(source, problems):
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=False, namespaceHTMLElements=False)
    document = parser.parse(source)
    problems += [f"not valid HTML: {code} at {place}" for place, code, _ in parser.errors]
    for element in document.iter():
        if element.tag not in ALLOWED:
            problems.append(f"element {element.tag}")
        for name in element.keys():
            if name not in {"style", "lang", "charset", "name", "content", "role", "align", "width", "cellpadding", "cellspacing", "scope"}:
                problems.append(f"attribute {name} of {element.tag}")
        if re.search(r"url\(|@import|expression|position|float|display:flex|display:grid|var\(", element.get("style", "")):
            problems.append(f"style of {element.tag}: {element.get('style')}")
    return "".join(document.find("body").itertext())


path = sys.argv[1]
with open(path, "rb") as file:
    raw = file.read()
message = email.message_from_bytes(raw, policy=email.policy.default)
problems = [f"defect: {defect}" for part in message.walk() for defect in part.defects]
problems += [f"a line of {len(line)} bytes" for line in raw.splitlines() if len(line) > 998]
text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
html = message.get_body(("html",)).get_content().replace("\r\n", "\n")
shown = structure(html, problems)
if bare(shown) != bare(text):
    a, b = bare(shown), bare(text)
    place = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    problems.append(f"text and HTML differ: {a[max(0, place - 40):place + 60]!r} and {b[max(0, place - 40):place + 60]!r}")
for name, content in (("html", html), ("txt", text)):
    with open(f"{path}.{name}", "w", encoding="utf-8") as file:
        file.write(content)

browser = Browser(sys.argv[2])
browser.open(f"file://{path}.html")
for scheme in ["light", "dark"]:
    browser.call("Emulation.setEmulatedMedia", media="screen", features=[{"name": "prefers-color-scheme", "value": scheme}])
    for width in [360, 640, 1000]:
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        problems += [f"{width} px, {scheme}: {text}" for text in browser.evaluate(LAYOUT)]
    problems += [f"{scheme}: {text}" for text in browser.evaluate(CONTRAST)]
for event in browser.events:
    if event["method"] == "Network.requestWillBeSent" and urlparse(event["params"]["request"]["url"]).path != f"{path}.html":
        problems.append(f"requests {event['params']['request']['url']}")
browser.close()
print("\n".join(problems))
