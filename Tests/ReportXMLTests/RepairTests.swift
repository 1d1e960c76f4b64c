import DMARC
import ReportXML
import Seeds
import Testing

/// The output of a repair.
struct Mended {
  var documents: [[UInt8]] = []
  var ends: [XMLRepair.Repaired] = []

  /// Repairs bytes in pieces.
  init(_ bytes: [UInt8], piece: Int = 4_096, limits: Limits = Limits()) throws {
    var documents: [[UInt8]] = []
    var ends: [XMLRepair.Repaired] = []
    let repair = XMLRepair(limits: limits) { output in
      switch output {
      case .begin: documents.append([])
      case .xml(let bytes): documents[documents.count - 1].append(contentsOf: bytes)
      case .end(let repaired): ends.append(repaired)
      }
    }
    try bytes.withUnsafeBytes { buffer in
      var start = 0
      while start < buffer.count {
        let end = min(buffer.count, start + piece)
        try repair.push(UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
        start = end
      }
    }
    try repair.finish()
    self.documents = documents
    self.ends = ends
  }

  init(_ text: String, piece: Int = 4_096, limits: Limits = Limits()) throws {
    try self.init(Array(text.utf8), piece: piece, limits: limits)
  }

  /// The XML of each report.
  var texts: [String] { documents.map { String(decoding: $0, as: UTF8.self) } }
}

@Suite struct RepairTests {
  @Test(arguments: [
    ("<feedback><version>a & b</version></feedback>", "<feedback><version>a &amp; b</version></feedback>"),
    (
      "<feedback><version>&amp;&#65;&#1;&x;</version></feedback>",
      "<feedback><version>&amp;&#65;&amp;x;</version></feedback>"
    ),
    ("<feedback><version>1 < 2</version></feedback>", "<feedback><version>1 &lt; 2</version></feedback>"),
    (
      "<feedback><version><a@b.example></version></feedback>",
      "<feedback><version>&lt;a@b.example&gt;</version></feedback>"
    ),
    ("<feedback><version>x</feedback>", "<feedback><version>x</version></feedback>"),
    ("<feedback><version>x<version></feedback>", "<feedback><version>x</version><version></version></feedback>"),
    ("<FEEDBACK><Version>x</version></Feedback>", "<feedback><Version>x</Version></feedback>"),
    ("<feedback><version>x</version></b></feedback>", "<feedback><version>x</version></feedback>"),
    ("<feedback><version>x</version></feedback", "<feedback><version>x</version></feedback>"),
    ("<feedback><!-- > --><version a='>'/></feedback>", "<feedback><version></version></feedback>"),
    (
      "<feedback><version><![CDATA[<&>]]></version></feedback>", "<feedback><version>&lt;&amp;&gt;</version></feedback>"
    ),
    (
      "<feedback><p>&#+65;&#x-1;&#X41;&#;</p></feedback>",
      "<feedback><p>&amp;#+65;&amp;#x-1;&amp;#X41;&amp;#;</p></feedback>"
    ),
    ("<feedback><begin:17</begin></feedback>", "<feedback>&lt;begin:17</feedback>"),
    ("<feedback><a:b:c>&</feedback>", "<feedback>&lt;a:b:c&gt;&amp;</feedback>"),
    ("x<?xml?><a><feedback></feedback></a>y", "<feedback></feedback>"),
    (
      "&lt;feedback&gt;&lt;version&gt;&amp;amp;&lt;/version&gt;&lt;/feedback&gt;",
      "<feedback><version>&amp;</version></feedback>"
    ),
    (
      "<f:feedback xmlns:f='urn:f'><f:version/></f:feedback>",
      "<feedback xmlns=\"urn:f\"><version></version></feedback>"
    ),
  ])
  func whatIsBrokenBecomesWellFormed(broken: String, expected: String) throws {
    for piece in [1, 7, 4_096] { #expect(try Mended(broken, piece: piece).texts == [expected]) }
  }

  @Test func everyReportOfAFileIsFound() throws {
    let mended = try Mended(
      "<all><feedback><version>1</version></feedback>\n<feedback><version>2</version></feedback></all>")
    #expect(mended.texts.count == 2)
    // Line numbers are kept: the second report starts on the second line.
    #expect(mended.texts[1].hasPrefix("\n<feedback>"))
    #expect(mended.ends.allSatisfy { !$0.isTruncated })
  }

  @Test func truncatedRowIsDropped() throws {
    let whole = "<record><row><count>1</count></row><identifiers></identifiers><auth_results></auth_results>"
    let mended = try Mended("<feedback>\(whole)</record><record><row><count>2")
    #expect(mended.texts == ["<feedback>\(whole)</record></feedback>"])
    #expect(mended.ends.map(\.isTruncated) == [true])
    // Only end tags are missing.
    #expect(try Mended("<feedback>\(whole)").texts == ["<feedback>\(whole)</record></feedback>"])
  }

  @Test func recordWithoutBeginningIsCounted() throws {
    let mended = try Mended("<feedback>\n<policy_published><domain>x</spf></auth_results></record></feedback>")
    #expect(mended.ends.map(\.lostRecords) == [[2]])
    #expect(try Mended("<feedback>&</record></feedback>").ends.map(\.lostRecords) == [[]])
  }

  @Test func eachKindOfRepairIsReportedOnce() throws {
    let mended = try Mended("<feedback>\n<version>a & b & c</version>\n</x></feedback>")
    #expect(mended.ends[0].warnings.map(\.line) == [2, 3])
    #expect(mended.ends[0].warnings[0].message.hasSuffix("(2 times)"))
    #expect(mended.ends[0].warnings.allSatisfy { $0.code == .xmlRepaired })
  }

  @Test func encodingIsDetectedFromTheBytes() throws {
    let text = "<feedback><version>M\u{fc}ller \u{20ac}</version></feedback>"
    let windows = text.unicodeScalars.map { $0.value == 0x20ac ? 0x80 : UInt8($0.value) }
    for bytes in [windows, Array(text.utf8), text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }] {
      for piece in [1, 3, 4_096] { #expect(try Mended(bytes, piece: piece).texts == [text]) }
    }
    #expect(try Mended(windows).ends[0].warnings.map(\.code) == [.encodingAssumed])
  }

  @Test func documentTypesAreRejectedByTheRepair() throws {
    for text in ["<!DOCTYPE f [<!ENTITY a 'b'>]>", "<!DOCTYPE feedback SYSTEM 'x'>", "<!DOCTYPE html [", "<!doctype"] {
      #expect(throws: InputError.self) { try Mended(text + "<feedback>&a;</feedback>") }
    }
    #expect(try Mended("<!DOCTYPE html><pre><feedback></feedback>").texts.count == 1)
  }

  @Test func limitsAreExact() throws {
    var limits = Limits()
    limits.depth = 4
    #expect(try Mended("<feedback><a><b><c>&", limits: limits).documents.count == 1)
    #expect(throws: InputError.self) { try Mended("<feedback><a><b><c><d>&", limits: limits) }
    limits = Limits()
    limits.recordBytes = 1_000
    let long = String(repeating: "x", count: 300_000)
    #expect(throws: InputError.self) { try Mended("<feedback><record>\(long)", limits: limits) }
  }

  /// libxml2 must accept the output for any input.
  @Test func outputIsAlwaysWellFormed() throws {
    let sample = reportXML(records: recordXML() + recordXML())
    let seeds = [
      sample, "<x>\(sample)\(sample)</x>", "<!-- \(sample) --><![CDATA[\(sample)]]>", "&lt;\(sample.dropFirst())",
    ]
    let odd = Array("<>&;/!-[]?\"'= \n\0\u{1}CDATA#x".utf8) + [0x80, 0xc3, 0xff, 0xed, 0xa0]
    var generator = Seeded()
    for round in 0..<Seeded.rounds(1_000, long: 4_000) {
      var bytes = Array(seeds[round % seeds.count].utf8)
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[place] = odd.randomElement(using: &generator) ?? 0
        case 1: bytes.insert(odd.randomElement(using: &generator) ?? 0, at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &generator)))
        default: bytes.insert(contentsOf: bytes[place...].prefix(Int.random(in: 1...60, using: &generator)), at: place)
        }
        if bytes.isEmpty { bytes = [0x3c] }
      }
      guard let mended = try? Mended(bytes, piece: Int.random(in: 1...300, using: &generator)) else { continue }
      for document in mended.documents {
        do { _ = try parse(document) } catch let rejection as InputError {
          #expect(rejection.code != .malformedXML, "\(rejection.cause) in \(String(decoding: document, as: UTF8.self))")
        }
      }
    }
  }
}
