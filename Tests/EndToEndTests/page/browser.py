"""Opens a page in headless Chromium and says what is wrong with it, one problem a line. The PDF of the page is written beside it.

    browser.py PAGE.html PROFILE_FOLDER [axe.min.js]

Chromium is driven over pipes with its DevTools protocol, so that nothing but Chromium is needed.
"""

import base64, json, os, subprocess, sys
from urllib.parse import urlparse

WIDTHS = [360, 800, 1400]

LAYOUT = """
(() => {
  const problems = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) problems.push(`scrolls to the side: ${document.documentElement.scrollWidth}`);
  const name = (e) => `${e.tagName}.${e.getAttribute('class') || ''} "${(e.textContent || '').slice(0, 40)}"`;
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('.scroll') || e.closest('.hidden') || e.closest('.skip') || e.closest('svg.spark')) continue;
    const box = e.getBoundingClientRect();
    if (box.width && box.right > width + 1) problems.push(`beyond the window: ${name(e)} ${box.right}`);
    if (box.width && box.left < -1) problems.push(`left of the window: ${name(e)}`);
  }
  let charts = 0;
  for (const svg of document.querySelectorAll('svg.chart')) {
    if (!svg.getBoundingClientRect().width) continue;
    charts += 1;
    const frame = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll('text')].map((t) => [t.textContent, t.getBoundingClientRect()]);
    for (const [text, box] of boxes) {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        problems.push(`outside its chart: "${text}"`);
      if (box.height < 9) problems.push(`too small to read: "${text}" ${box.height}`);
    }
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
      const [a, b] = [boxes[i][1], boxes[j][1]];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 4) problems.push(`overlap: "${boxes[i][0]}" and "${boxes[j][0]}"`);
    }
  }
  const all = document.querySelectorAll('svg.chart').length;
  if (all !== charts * 2) problems.push(`${charts} of ${all} charts are shown`);
  return problems;
})()
"""

CONTRAST = """
(() => {
  const problems = [];
  const part = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walker.nextNode());) {
    const e = n.parentElement;
    if (!n.textContent.trim() || seen.has(e) || ['TITLE', 'DESC', 'STYLE'].includes(e.tagName.toUpperCase())) continue;
    seen.add(e);
    const style = getComputedStyle(e);
    const ink = numbers(e.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(ink), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)}: "${n.textContent.trim().slice(0, 40)}"`);
  }
  return problems;
})()
"""


class Browser:
    def __init__(self, profile):
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def connect():
            # Chromium reads commands from descriptor 3 and writes answers to 4. Copies first, in case the pipes have these numbers.
            a, b = os.dup(to_browser), os.dup(from_browser)
            high = [os.dup2(a, 63), os.dup2(b, 64)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--no-first-run", "--user-data-dir=" + profile, "--remote-debugging-pipe", "about:blank"],
            preexec_fn=connect, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.next_id, self.events, self.session = b"", 0, [], None

    def read(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.read_end, 1 << 16)
            if not piece:
                sys.exit("Chromium has ended")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.next_id += 1
        message = {"id": self.next_id, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write_end, data):]
        while True:
            answer = self.read()
            if answer.get("id") == self.next_id:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.read())

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit(f"script failed: {result['exceptionDetails']}")
        return result["result"].get("value")

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Network", "Log"]:
            self.call(domain + ".enable")
        self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait()


def check(browser, page, axe):
    problems = []
    browser.open("file://" + page)
    for scheme in ["light", "dark"]:
        browser.call("Emulation.setEmulatedMedia", media="screen", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for width in WIDTHS:
            browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            problems += [f"{width} px, {scheme}: {text}" for text in browser.evaluate(LAYOUT)]
        problems += [f"{scheme}: {text}" for text in browser.evaluate(CONTRAST)]
        if axe:
            browser.evaluate(axe + "; 0")
            found = browser.evaluate("axe.run({resultTypes: ['violations']}).then((r) => r.violations.map((v) => "
                                     "`${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary}`))")
            problems += [f"axe, {scheme}: {text}" for text in found]
    # The stylesheet is only used if the policy of the page allows it.
    if browser.evaluate("getComputedStyle(document.querySelector('.skip')).position") != "absolute":
        problems.append("the stylesheet does not apply")
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    if browser.evaluate("document.activeElement.className") != "skip":
        problems.append("the first stop of the keyboard does not skip to the answer")
    if browser.evaluate("[...document.querySelectorAll('summary')].some((s) => s.tabIndex < 0)"):
        problems.append("a table cannot be unfolded by keyboard")
    ink = "getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor"
    browser.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    if browser.evaluate(ink) != "rgb(0, 0, 0)rgb(255, 255, 255)":
        problems.append("a dark page prints dark: " + browser.evaluate(ink))
    browser.call("Emulation.setEmulatedMedia", media="", features=[])
    for event in browser.events:
        params = event.get("params", {})
        if event["method"] == "Network.requestWillBeSent" and urlparse(params["request"]["url"]).path != page:
            problems.append(f"requests {params['request']['url']}")
        if event["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
            problems.append(f"console: {params['entry']['text']}")
        if event["method"] == "Runtime.exceptionThrown":
            problems.append("a script ran")
    pdf = browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]
    with open(page.rsplit(".", 1)[0] + ".pdf", "wb") as file:
        file.write(base64.b64decode(pdf))
    return problems


if __name__ == "__main__":
    page, profile = os.path.abspath(sys.argv[1]), sys.argv[2]
    axe = open(sys.argv[3], encoding="utf-8").read() if len(sys.argv) > 3 else None
    browser = Browser(profile)
    found = check(browser, page, axe)
    browser.close()
    print("\n".join(found))
