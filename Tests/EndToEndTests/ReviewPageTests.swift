import Foundation
import Testing

/// The pages of `review`: golden files, their structure, and what a browser makes of them.
@Suite struct ReviewPageTests {
  private static let forms = ["txt", "md", "html"]

  private static func sample() throws -> Program {
    let program = try Program(withSampleConfiguration: true)
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    return program
  }

  /// Writes a page.
  /// - Returns: its path.
  private static func write(_ program: Program, _ name: String, _ arguments: [String]) throws -> String {
    let path = program.folder + "/" + name
    let result = try program.run(["review", "--month", "2026-10", "--output", path] + arguments)
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result.errors)")
    return path
  }

  private static func read(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  private static func script(_ name: String) -> String { Program.root + "/Tests/EndToEndTests/page/" + name }

  /// Runs a script of Debian's Python.
  private static func run(_ script: String, _ arguments: [String]) throws -> Program.Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [self.script(script)] + arguments
    return try Program.finish(process)
  }

  private static func text(ofPDF path: String) throws -> (text: String, pages: Int) {
    func run(_ name: String, _ arguments: [String]) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/" + name)
      process.arguments = arguments
      let result = try Program.finish(process)
      try #require(result.status == 0, "\(result.errors)")
      return result.output
    }
    let facts = try run("pdfinfo", [path])
    let pages = try #require(facts.firstMatch(of: /Pages: +(\d+)/))
    #expect(facts.contains("(A4)"), "\(facts)")
    return (try run("pdftotext", ["-layout", path, "-"]), Int(pages.1) ?? 0)
  }

  /// Opens a page in Chromium, at three widths, light and dark, and prints it.
  private static func browse(_ program: Program, _ page: String) throws -> (text: String, pages: Int) {
    let axe = ProcessInfo.processInfo.environment["DMARCSTAT_AXE"].map { [$0] } ?? []
    let result = try run("browser.py", [page, program.folder + "/profile"] + axe)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == "\n", "\(result.output)")
    return try text(ofPDF: page.replacing(".html", with: ".pdf"))
  }

  @Test(arguments: ["en", "ja"])
  func everyFormInBothLanguages(_ language: String) throws {
    let program = try Self.sample()
    for form in Self.forms {
      let path = try Self.write(program, "review.\(form)", ["--lang", language])
      try GoldenTests.compare(try Self.read(path), "review.\(language).\(form == "md" ? "md.txt" : form)")
    }
    let printed = try program.run("review", "--month", "2026-10", "--lang", language)
    #expect(printed.output == (try Self.read(program.folder + "/review.txt")))
    let piped = try program.run("review", "--month", "2026-10", "--lang", language, "--format", "html")
    #expect(piped.output == (try Self.read(program.folder + "/review.html")))
  }

  @Test func allFormsHaveTheSameSections() throws {
    let program = try Self.sample()
    let html = try Self.read(try Self.write(program, "a.html", []))
    let markdown = try Self.read(try Self.write(program, "a.md", []))
    let text = try Self.read(try Self.write(program, "a.txt", []))
    let headings = html.matches(of: /<h[2-5][^>]*>([^<]*)<\/h/).map { String($0.1) }
    #expect(headings.count > 20)
    let lines = text.split(separator: "\n").map(String.init)
    for heading in headings {
      #expect(
        markdown.split(separator: "\n").contains { $0.hasPrefix("#") && $0.hasSuffix(" " + heading) }, "\(heading)")
      #expect(lines.contains(heading) || lines.contains("* " + heading), "\(heading)")
    }
  }

  @Test func theBrowserShowsAndPrintsIt() throws {
    let program = try Self.sample()
    let page = try Self.write(program, "review.html", [])
    let structure = try Self.run("structure.py", [page])
    #expect(structure.status == 0 && structure.output.isEmpty, "\(structure.output)\(structure.errors)")
    let printed = try Self.browse(program, page)
    #expect((5...10).contains(printed.pages), "\(printed.pages)")
    for part in ["DMARC review, October 2026", "Help desk (Desk)", "Decisions needed", "Made by dmarcstat"] {
      #expect(printed.text.contains(part), "\(part)")
    }
    #expect(!printed.text.contains("The numbers as a table"))
  }

  @Test func japaneseReadersGetJapanese() throws {
    let program = try Self.sample()
    let page = try Self.write(program, "review.html", ["example.com", "--lang", "ja"])
    let structure = try Self.run("structure.py", [page])
    #expect(structure.status == 0 && structure.output.isEmpty, "\(structure.output)\(structure.errors)")
    let printed = try Self.browse(program, page)
    #expect(printed.text.contains("判断が必要な事項") && printed.text.contains("日別のメール数"))
    #expect(!printed.text.contains("review."))
  }

  /// Names in every field of a report that are markup, formulas, long, or hidden.
  @Test func hostileNamesStayText() throws {
    let program = try Program()
    let marks = "<img src=x onerror=alert(1)>\"'&\u{301}</title></style><script>alert(2)</script>{{x}}{{{y}}}`a`|b|*c*"
    let hostile = "\u{202e}\u{1b}[31m" + marks + "\u{feff}" + String(repeating: "long-", count: 200)
    let escaped = hostile.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\u{1b}", with: "")
    for day in 0..<4 {
      let begin = 1_791_158_400 + day * 86_400
      let rows = (1...4).map { row in
        """
        <record><row><source_ip>203.0.113.\(row + day * 20)</source_ip><count>\(40 * row)</count><policy_evaluated>
        <disposition>none</disposition><dkim>fail</dkim><spf>\(row == 1 ? "pass" : "fail")</spf>
        <reason><type>\(escaped)</type><comment>\(escaped)</comment></reason></policy_evaluated></row>
        <identifiers><header_from>\(row == 4 ? escaped : "example.com")</header_from>
        <envelope_from>\(escaped)</envelope_from></identifiers><auth_results><dkim><domain>\(escaped)</domain>
        <selector>\(escaped)</selector><result>\(row == 3 ? "pass" : "fail")</result></dkim>
        <spf><domain>\(row == 1 ? "example.com" : escaped)</domain><result>pass</result></spf></auth_results></record>
        """
      }
      _ = try program.write(
        "in/<img src=x>&\"\(day).xml",
        """
        <?xml version="1.0"?><feedback><report_metadata><org_name>\(escaped)</org_name><email>\(escaped)</email>
        <report_id>\(escaped)\(day)</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range>
        </report_metadata><policy_published><domain>example.com</domain><adkim>r</adkim><p>none</p><sp>\(escaped)</sp>
        </policy_published>\(rows.joined())</feedback>
        """)
    }
    _ = try program.write("in/<b>broken.xml", "<feedback><report_metadata><org_name>\(escaped)")
    _ = try program.run("ingest", "--quiet", program.folder + "/in")
    for language in ["en", "ja"] {
      let page = try Self.write(program, "hostile.html", ["--lang", language])
      let structure = try Self.run("structure.py", [page])
      #expect(structure.status == 0 && structure.output.isEmpty, "\(structure.output)\(structure.errors)")
      let html = try Self.read(page)
      #expect(html.contains("&lt;img src=x") && !html.contains("<img"))
      _ = try Self.browse(program, page)
    }
    let markdown = try Self.read(try Self.write(program, "hostile.md", []))
    #expect(markdown.contains("\\<img src=x") && !markdown.contains(" <img"))
    let text = try Self.read(try Self.write(program, "hostile.txt", []))
    #expect(!(text + markdown).unicodeScalars.contains { ["\u{202e}", "\u{1b}", "\u{feff}"].contains($0) })
  }

  @Test func aMonthWithoutReportsSaysSo() throws {
    let program = try Self.sample()
    let result = try program.run("review", "--month", "2024-02")
    #expect(result.status == 0)
    #expect(result.output.contains("No report covers February 2024.") && !result.output.contains("0.0%"))
  }

  @Test func filesAreWrittenAsAWholeOrNotAtAll() throws {
    let program = try Self.sample()
    let path = try program.write("old.html", "before")
    #expect(chmod(path, 0o600) == 0)
    _ = try Self.write(program, "old.html", [])
    #expect(try Self.read(path).hasPrefix("<!DOCTYPE html>"))
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o666 & ~Self.mask)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: program.folder).allSatisfy { !$0.hasSuffix(".tmp") })

    let folder = program.folder + "/page.html"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    for (arguments, code, words) in [
      (["--output", folder], 2, ["page.html", "folder"]),
      (["--output", program.folder + "/none/x.html"], 5, ["none/x.html", "create its folder"]),
      (["--output", "review.pdf"], 2, ["review.pdf", ".html, .md or .txt"]),
      (["--output", ""], 2, ["--output"]),
      (["--month", "2026-13"], 2, ["2026-13"]), (["--sections", "-1"], 2, ["--sections"]),
      (["exmaple.com", "--month", "2026-10"], 1, ["exmaple.com", "did you mean example.com"]),
    ] as [([String], Int32, [String])] {
      let result = try program.run(["review"] + arguments)
      #expect(result.status == code && result.output.isEmpty, "\(arguments): \(result.errors)")
      for word in words { #expect(result.errors.contains(word), "\(arguments): \(result.errors)") }
    }
  }

  /// The umask, without changing it.
  private static var mask: mode_t {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let digits = status.firstMatch(of: /Umask:\s+([0-7]+)/)?.1 ?? "22"
    return mode_t(digits, radix: 8) ?? 0o22
  }

  @Test func theFirstDomainsHaveSections() throws {
    let program = try Self.sample()
    let none = try Self.read(try Self.write(program, "none.html", ["--sections", "0"]))
    #expect(none.contains(">example.org</th>") && !none.contains("<h2 id=\"d1\">"))
    let one = try Self.read(try Self.write(program, "one.html", ["--sections", "1"]))
    #expect(one.contains("<h2 id=\"d1\">example.com</h2>") && !one.contains("<h2 id=\"d2\">"))
    let pattern = try Self.read(try Self.write(program, "pattern.html", ["*.org"]))
    #expect(pattern.contains("<p class=\"subject\">example.org</p>"))
  }
}
