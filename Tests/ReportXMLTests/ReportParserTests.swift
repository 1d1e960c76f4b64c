import DMARC
import ReportXML
import Testing

/// A small report around the elements under test.
func reportXML(
  metadata: String =
    "<org_name>R</org_name><report_id>1</report_id><date_range><begin>1</begin><end>2</end></date_range>",
  policy: String = "<domain>example.com</domain><p>none</p>", root: String = "feedback", records: String
) -> String {
  "<\(root)><report_metadata>\(metadata)</report_metadata><policy_published>\(policy)</policy_published>\(records)</feedback>"
}

func recordXML(
  ip: String = "<source_ip>192.0.2.1</source_ip>", count: String = "<count>1</count>",
  evaluated: String = "<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>",
  identifiers: String = "<identifiers><header_from>example.com</header_from></identifiers>",
  auth: String = "<dkim><domain>example.com</domain><result>pass</result></dkim>", tail: String = ""
) -> String {
  "<record><row>\(ip)\(count)<policy_evaluated>\(evaluated)</policy_evaluated></row>\(identifiers)"
    + "<auth_results>\(auth)</auth_results>\(tail)</record>"
}

struct Parsed {
  var tail: ReportTail
  var batch: RecordBatch
  func outcome(_ row: Int = 0) -> AuthenticationOutcome { batch.outcomes[batch.rows[row].outcome] }
  var codes: [ReportWarning.Code] { tail.warnings.map(\.code) }
}

func parse(_ xml: String, piece: Int = .max, limits: Limits = Limits()) throws -> Parsed {
  try parse(Array(xml.utf8), piece: piece, limits: limits)
}

func parse(
  _ bytes: [UInt8], piece: Int = .max, limits: Limits = Limits(), input: InputNames? = nil
) throws -> Parsed {
  let parser = ReportParser(limits: limits, input: input)
  var rest = bytes[...]
  while !rest.isEmpty {
    try rest.prefix(piece).withUnsafeBytes { try parser.push($0) }
    rest = rest.dropFirst(piece)
  }
  let tail = try parser.finish()
  return Parsed(tail: tail, batch: parser.takeBatch())
}

@Suite struct ReportParserTests {
  private static let full = """
    <?xml version="1.0" encoding="UTF-8"?>
    <feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
      <version>1.0</version>
      <report_metadata>
        <org_name> Big Mail </org_name><email>d@example.net</email><extra_contact_info lang="en">see <![CDATA[<web>]]></extra_contact_info>
        <report_id>a@b</report_id><date_range><end>1790899199</end><begin>1790812800</begin></date_range>
        <error>one</error><error>two</error><generator>gen 1</generator>
      </report_metadata>
      <policy_published><domain>example.com</domain><discovery_method>treewalk</discovery_method><p>reject</p><sp>quarantine</sp>
        <np>none</np><fo>1:d</fo><adkim>s</adkim><aspf>r</aspf><testing>y</testing><pct>50</pct></policy_published>
      <extension><e:a xmlns:e="urn:e">1 &amp; 2</e:a></extension>
      <record>
        <row><source_ip>2001:DB8::1</source_ip><count>12</count><policy_evaluated><disposition>pass</disposition><dkim>pass</dkim>
          <spf>fail</spf><reason><type>local_policy</type><comment>arc=pass</comment></reason>
          <reason><type>other</type></reason></policy_evaluated></row>
        <identifiers><envelope_to>to.example</envelope_to><envelope_from></envelope_from><header_from>example.com</header_from></identifiers>
        <auth_results><dkim><domain>example.com</domain><selector>s1</selector><result>pass</result><human_result>ok</human_result></dkim>
          <dkim><domain>other.example</domain><selector>x</selector><result>permerror</result></dkim>
          <spf><domain>mx.example</domain><scope>helo</scope><result>softfail</result><human_result>no</human_result></spf></auth_results>
        <e:b xmlns:e="urn:e">kept</e:b>
      </record>
    </feedback>
    """

  @Test(arguments: [1, 7, 64, 100_000])
  func everyElementIsParsed(piece: Int) throws {
    let parsed = try parse(Self.full, piece: piece)
    let head = parsed.tail.head
    #expect(head.version == "1.0")
    #expect(head.namespace == "urn:ietf:params:xml:ns:dmarc-2.0")
    #expect(head.dialect == .rfc9990)
    #expect(head.metadata.orgName == "Big Mail")
    #expect(head.metadata.extraContactInfo == "see <web>")
    #expect(head.metadata.errors == ["one", "two"])
    #expect(head.metadata.generator == "gen 1")
    #expect((head.metadata.begin, head.metadata.end) == (1_790_812_800, 1_790_899_199))
    #expect(head.extensionXML == #"<a xmlns="urn:e">1 &amp; 2</a>"#)
    let policy = head.policy
    #expect((policy.p, policy.sp, policy.np) == (.reject, .quarantine, RequestedPolicy.none))
    #expect((policy.adkim, policy.aspf, policy.pct, policy.fo) == (.strict, .relaxed, 50, "1:d"))
    #expect((policy.testing, policy.discoveryMethod) == ("y", "treewalk"))
    let row = try #require(parsed.batch.rows.first)
    #expect((row.source.description, row.messages) == ("2001:db8::1", 12))
    #expect(parsed.batch.envelopeTo(of: row) == "to.example")
    let outcome = parsed.outcome()
    #expect((outcome.disposition, outcome.evaluatedDKIM, outcome.evaluatedSPF) == (.pass, .pass, .fail))
    #expect(outcome.reasons == [OverrideReason(type: .localPolicy, comment: "arc=pass"), OverrideReason(type: .other)])
    #expect((outcome.headerFrom, outcome.envelopeFrom) == ("example.com", ""))
    #expect(
      outcome.dkim == [
        DKIMResult(domain: "example.com", selector: "s1", result: .pass, humanResult: "ok"),
        DKIMResult(domain: "other.example", selector: "x", result: .permerror),
      ])
    #expect(outcome.spf == [SPFResult(domain: "mx.example", scope: "helo", result: .softfail, humanResult: "no")])
    #expect(outcome.extensionXML == #"<b xmlns="urn:e">kept</b>"#)
    #expect(parsed.tail.warnings.isEmpty)
  }

  @Test func absentIsNilAndEmptyIsEmpty() throws {
    let parsed = try parse(reportXML(records: recordXML(identifiers: "", auth: "<dkim><domain/></dkim>")))
    #expect(parsed.outcome().headerFrom == nil)
    #expect(parsed.outcome().envelopeFrom == nil)
    #expect(parsed.outcome().dkim == [DKIMResult(domain: "")])
    #expect(parsed.tail.head.policy.sp == nil)
    #expect(parsed.tail.head.metadata.email == nil)
    #expect(parsed.tail.head.dialect == .draft)
  }

  @Test func equalOutcomesAreStoredOnce() throws {
    let records =
      recordXML() + recordXML(ip: "<source_ip>192.0.2.2</source_ip>")
      + recordXML(auth: "<dkim><domain>example.co</domain><result>mpass</result></dkim>")
    let parsed = try parse(reportXML(records: records))
    #expect(parsed.batch.rows.map(\.outcome) == [0, 0, 1])
    #expect(parsed.batch.outcomes.count == 2)
  }

  @Test func takenBatchesAreSelfContained() throws {
    let parser = ReportParser()
    let xml = reportXML(records: String(repeating: recordXML(), count: 50))
    var rows = 0
    var rest = Array(xml.utf8)[...]
    while !rest.isEmpty {
      try rest.prefix(600).withUnsafeBytes { try parser.push($0) }
      rest = rest.dropFirst(600)
      let batch = parser.takeBatch()
      rows += batch.rows.count
      for row in batch.rows { #expect(batch.outcomes[row.outcome].headerFrom == "example.com") }
    }
    #expect(try parser.finish().rows == 50)
    #expect(rows == 50)
  }

  @Test func upperCaseAndPrefixedNamesAreAccepted() throws {
    let upper = reportXML(records: recordXML()).replacing("record>", with: "RECORD>").replacing(
      "source_ip", with: "Source_IP")
    #expect(try parse(upper).batch.rows.count == 1)
    let prefixed =
      "<d:feedback xmlns:d='urn:x'><d:record><d:row><d:source_ip>192.0.2.9</d:source_ip><d:count>2</d:count></d:row></d:record></d:feedback>"
    #expect(try parse(prefixed).batch.rows.first?.messages == 2)
  }

  @Test func unknownElementsAreSkippedAndReportedOnce() throws {
    let parsed = try parse(
      reportXML(
        policy: "<domain>example.com</domain><p>none</p><rf>afrf</rf>",
        records: recordXML(tail: "<odd><count>9</count></odd>") + recordXML(tail: "<odd/>")))
    #expect(parsed.codes == [.unknownElement, .unknownElement])
    #expect(parsed.batch.rows.map(\.messages) == [1, 1])
  }

  @Test func firstOfRepeatedElementsIsKept() throws {
    let twice = "<policy_published><domain>second.example</domain></policy_published>"
    let parsed = try parse(reportXML(records: twice + recordXML(count: "<count>1</count><count>5</count>")))
    #expect(parsed.tail.head.policy.domain == "example.com")
    #expect(parsed.codes.contains(.repeatedElement))
    #expect(parsed.batch.rows.first?.messages == 1)
  }

  @Test(
    arguments: [
      (
        "<row><source_ip>192.0.2.1</source_ip><source_ip>192.0.2.2</source_ip><count>1</count></row>",
        "sourceIP is repeated as \"192.0.2.2\""
      ),
      (
        "<row><source_ip>192.0.2.1</source_ip><count>7</count><count>9000</count></row>",
        "count is repeated as \"9000\""
      ),
      (
        "<row><source_ip>192.0.2.1</source_ip><count>7</count></row><row><count>9</count></row>",
        "count is repeated as \"9\""
      ),
      (row("<disposition>none</disposition><disposition>reject</disposition>"), "disposition is repeated"),
      (row("<dkim>fail</dkim><dkim>pass</dkim>"), "evaluatedDKIM is repeated"),
      (row("<spf>fail</spf><spf>pass</spf>"), "evaluatedSPF is repeated"),
      (row("<reason><type>other</type><type>forwarded</type></reason>"), "reasonType is repeated"),
      (row("<reason><comment>a</comment><comment>b</comment></reason>"), "reasonComment is repeated"),
      (row() + names("header_from"), "headerFrom is repeated"),
      (row() + names("envelope_to"), "envelopeTo is repeated"),
      (row() + names("envelope_from"), "envelopeFrom is repeated"),
      (row() + results("<dkim><domain>a.example</domain><domain>b.example</domain></dkim>"), "dkimDomain is repeated"),
      (row() + results("<spf><result>pass</result><result>fail</result></spf>"), "spfResult is repeated"),
    ])
  func repeatedElementsAreReportedOncePerReport(_ content: String, _ message: String) throws {
    let record = "<record>\(content)</record>"
    for count in [1, 3] {
      let parsed = try parse(reportXML(records: String(repeating: record, count: count)))
      let warnings = parsed.tail.warnings.filter { $0.code == .repeatedElement }
      #expect(warnings.count == 1)
      #expect(warnings.first?.message.hasPrefix(message) ?? false)
      #expect(warnings.first?.message.contains("(3 times in total)") == (count == 3))
      #expect(parsed.tail.isLossy)
      #expect(parsed.tail.rows == count)
    }
  }

  @Test func secondReportExtensionIsReported() throws {
    let extensions = "<extension><a>1</a></extension><extension><a>2</a></extension>"
    let parsed = try parse(reportXML(records: extensions + recordXML()))
    #expect(parsed.codes.contains(.repeatedElement))
    #expect(parsed.tail.isLossy)
  }
}

private func row(_ evaluated: String = "") -> String {
  "<row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated>\(evaluated)</policy_evaluated></row>"
}

private func names(_ element: String) -> String {
  "<identifiers><\(element)>a.example</\(element)><\(element)>b.example</\(element)></identifiers>"
}

private func results(_ content: String) -> String { "<auth_results>\(content)</auth_results>" }
