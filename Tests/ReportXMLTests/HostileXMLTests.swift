import DMARC
import ReportXML
import Seeds
import Testing

@Suite struct HostileXMLTests {
  private func rejection(_ xml: String, limits: Limits = Limits()) -> InputError? {
    do {
      _ = try parse(xml, piece: 1_000, limits: limits)
      return nil
    } catch { return error as? InputError }
  }

  @Test func documentTypesAreRejectedBeforeTheirDeclarations() {
    let laughs =
      "<!DOCTYPE f [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><feedback><version>&b;</version></feedback>"
    #expect(rejection(laughs)?.code == .documentType)
    let file = "<!DOCTYPE f SYSTEM \"file:///etc/passwd\"><feedback/>"
    #expect(rejection(file)?.code == .documentType)
    #expect(rejection("\n\n<!DOCTYPE f>\n<feedback/>")?.line == 3)
  }

  @Test func undeclaredEntitiesAreNotWellFormed() {
    #expect(rejection("<feedback><version>&xxe;</version></feedback>")?.code == .malformedXML)
  }

  @Test func depthLimit() {
    var limits = Limits()
    limits.depth = 5
    func nested(_ levels: Int) -> String {
      "<feedback>" + String(repeating: "<a>", count: levels - 1) + String(repeating: "</a>", count: levels - 1)
        + "</feedback>"
    }
    #expect(rejection(nested(5), limits: limits) == nil)
    #expect(rejection(nested(6), limits: limits)?.code == .limit)
    #expect(rejection(nested(6), limits: limits)?.limit?.code == .depth)
  }

  @Test func textLengthLimit() {
    var limits = Limits()
    limits.textBytes = 1_000
    func report(_ length: Int) -> String {
      reportXML(metadata: "<org_name>\(String(repeating: "x", count: length))</org_name>", records: "")
    }
    #expect(rejection(report(1_000), limits: limits) == nil)
    #expect(rejection(report(1_001), limits: limits)?.limit?.code == .textBytes)
  }

  @Test func recordLengthLimit() {
    var limits = Limits()
    limits.recordBytes = 2_000
    func report(_ count: Int) -> String {
      reportXML(
        records: recordXML(
          auth: String(
            repeating: "<dkim><selector>\(String(repeating: "x", count: 90))</selector></dkim>", count: count)))
    }
    #expect(rejection(report(15), limits: limits) == nil)
    #expect(rejection(report(25), limits: limits)?.limit?.code == .recordBytes)
  }

  @Test func attributeLimit() {
    func report(_ count: Int) -> String {
      "<feedback " + (0..<count).map { "a\($0)=\"\"" }.joined(separator: " ") + "></feedback>"
    }
    #expect(rejection(report(64)) == nil)
    #expect(rejection(report(65))?.cause.contains("attributes") == true)
  }

  @Test func unboundedMarkupIsRejected() {
    var limits = Limits()
    limits.textBytes = 10_000
    let filler = String(repeating: "x", count: 400_000)
    for start in [
      "<feedback a=\"", "<feedback><!--", "<feedback><?x ", "<feedback><odd>", "<feedback><", "<feedback><![CDATA[",
    ] {
      #expect(rejection(start + filler, limits: limits) != nil, "\(start)")
    }
    let long = "<feedback><!--\(String(repeating: "x", count: 60_000))--></feedback>"
    #expect(rejection(long, limits: limits) == nil)
  }

  @Test func tooManyNamesAreRejected() {
    func report(_ count: Int) -> String { "<feedback>" + (0..<count).map { "<n\($0)/>" }.joined() + "</feedback>" }
    #expect(rejection(report(1_000)) == nil)
    #expect(rejection(report(6_000))?.cause.contains("different names") == true)
  }

  @Test func wrongRootIsNamedInTheError() {
    #expect(rejection("<html><body/></html>")?.code == .wrongRoot)
    #expect(rejection("<html><body/></html>")?.cause.contains("<html>") == true)
  }

  @Test func truncationErrorNamesTheLine() {
    let error = rejection("<feedback>\n<version>1.0</version>\n")
    #expect(error?.code == .malformedXML)
    #expect(error?.line == 2)
  }

  @Test func everyPrefixOfAReportIsRejected() throws {
    let xml = Array(reportXML(records: recordXML()).utf8)
    for length in 0..<xml.count {
      #expect(throws: InputError.self) { try parse(Array(xml.prefix(length))) }
    }
    #expect(try parse(xml).batch.rows.count == 1)
  }

  @Test func damagedBytesNeverCrash() {
    let xml = Array(reportXML(records: recordXML() + recordXML()).utf8)
    var generator = Seeded()
    for _ in 0..<Seeded.rounds(1_000, long: 3_000) {
      var damaged = xml
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = try? parse(damaged, piece: Int.random(in: 1...200, using: &generator))
    }
  }
}
